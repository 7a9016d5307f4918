import { TemplateFault } from './fault.ts';

export type Token = {
  kind: 'string' | 'number' | 'word' | 'variable' | 'field' | '|' | '(' | ')';
  text: string;
  from: number;
};
/** Text between actions, or the tokens of one action. */
export type Piece = { text: string } | { tokens: Token[]; from: number };

const TOKEN =
  /\s+|(?<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<number>[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))|(?<variable>\$\w*(?:\.\w+)*)|(?<field>(?:\.\w+)+|\.)|(?<word>[a-zA-Z_]\w*)|(?<mark>[|()])/y;

const COMMENT = /\/\*[\s\S]*?\*\/(?=\}\}|\s-\}\})/y;

/** The text outside {{ }} with the trimming of {{- and -}} done. @throws TemplateFault */
export function lex(source: string): Piece[] {
  const pieces: Piece[] = [];
  let [at, trim] = [0, false];
  for (;;) {
    const open = source.indexOf('{{', at);
    const text = source.slice(at, open < 0 ? undefined : open);
    const opened = /^-\s/.test(source.slice(open + 2, open + 4));
    const right = open >= 0 && opened ? text.trimEnd() : text;
    pieces.push({ text: trim ? right.trimStart() : right });
    if (open < 0) return pieces;
    const inside = open + (opened ? 4 : 2);
    COMMENT.lastIndex = inside;
    const comment = COMMENT.exec(source);
    const tokens: Token[] = [];
    at = comment ? inside + comment[0].length : action(source, inside, tokens);
    if (!comment) pieces.push({ tokens, from: open });
    trim = /^\s?-\}\}/.test(source.slice(at, at + 4));
    const end = source.indexOf('}}', at);
    at = end + 2;
  }
}

/** Where the action's tokens end: before `}}` or ` -}}`. */
function action(source: string, from: number, tokens: Token[]): number {
  for (let at = from; ; ) {
    if (source.startsWith('}}', at) || (source.startsWith('-}}', at) && /\s/.test(source[at - 1]!))) return at;
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(source);
    if (!found) {
      const rest = source.slice(at, at + 12);
      throw new TemplateFault(
        at,
        at >= source.length ? 'an action has no end }}' : `unexpected ${JSON.stringify(rest)} in a template`,
      );
    }
    const kind = Object.entries(found.groups!).find(([, text]) => text !== undefined);
    if (kind)
      tokens.push({ kind: (kind[0] === 'mark' ? found[0] : kind[0]) as Token['kind'], text: found[0], from: at });
    at = TOKEN.lastIndex;
  }
}
