/** Meaning to one of the sixteen colours that every terminal theme chooses for itself; bold where it must not be missed. */
const CODES = { good: '32', warn: '33', bad: '1;31', held: '35', blocked: '36', strong: '1', faint: '2' } as const;

export type Tone = keyof typeof CODES;
export type Paint = (tone: Tone | null, text: string) => string;

export function painter(colour: boolean): Paint {
  return (tone, text) => (colour && tone !== null ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text);
}

/** https://no-color.org: any value that is not empty switches colour off. */
export function colourWanted(out: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
