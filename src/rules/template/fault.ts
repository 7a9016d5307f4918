/** What is wrong with the text of a template, and where in it: UTF-16 offset. */
export class TemplateFault extends Error {
  readonly from: number;

  constructor(from: number, message: string) {
    super(message);
    this.from = from;
  }
}
