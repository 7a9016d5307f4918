/** What is wrong with the text of an expression, and where in it: UTF-16 offsets. */
export class PromqlFault extends Error {
  readonly from: number;

  constructor(from: number, message: string) {
    super(message);
    this.from = from;
  }
}

/** An expression that is right but cannot be evaluated on these samples, as Prometheus says it. */
export class EvaluationFault extends Error {}
