import { TemplateFault } from './fault.ts';
import { FUNCTIONS, PLAIN } from './functions.ts';
import { lex, type Piece, type Token } from './lex.ts';
import { literal } from './literal.ts';
import type { Command, Operand, Part, Pipeline, Template } from './tree.ts';

const ALLOWED = '$labels.NAME, $value, $externalLabels.NAME, if, else, end, and functions';
const LEVELS_MAX = 100;
const OUTSIDE = ['range', 'with', 'define', 'template', 'block', 'break', 'continue'];

/** The subset of Go's templates. @throws TemplateFault */
export function parseTemplate(source: string): Template {
  const reader = new Reader(lex(source));
  const parts = reader.parts();
  const rest = reader.next();
  if (rest) throw new TemplateFault(rest.from, `unexpected {{${rest.tokens[0]?.text ?? ''}}}`);
  return parts;
}

function refuseDepth(levels: number, from: number): void {
  if (levels > LEVELS_MAX) throw new TemplateFault(from, `more than ${LEVELS_MAX} levels`);
}

type Action = { tokens: Token[]; from: number };

class Reader {
  readonly #pieces: Piece[];
  #at = 0;
  #levels = 0;

  constructor(pieces: Piece[]) {
    this.#pieces = pieces;
  }

  next(): Action | undefined {
    const piece = this.#pieces[this.#at];
    return piece && 'tokens' in piece ? piece : undefined;
  }

  /** Up to an else or an end, which stays. */
  parts(): Part[] {
    const parts: Part[] = [];
    for (; this.#at < this.#pieces.length; this.#at++) {
      const piece = this.#pieces[this.#at]!;
      if ('text' in piece) {
        if (piece.text !== '') parts.push({ kind: 'text', text: piece.text });
        continue;
      }
      const word = piece.tokens[0]?.text;
      if (word === 'else' || word === 'end') return parts;
      parts.push(word === 'if' ? this.#condition(piece, piece.tokens.slice(1)) : print(piece));
    }
    return parts;
  }

  /** Ends on its `end`. */
  #condition(opening: Action, tokens: Token[]): Part {
    refuseDepth(++this.#levels, opening.from);
    const part = this.#branches(opening, tokens);
    this.#levels--;
    return part;
  }

  #branches(opening: Action, tokens: Token[]): Part {
    const condition = new Commands(tokens, opening.from).whole();
    this.#at++;
    const then = this.parts();
    const closing = this.next();
    if (!closing) throw new TemplateFault(opening.from, 'this if has no {{ end }}');
    if (closing.tokens[0]?.text === 'end') return { kind: 'if', condition, then, otherwise: [] };
    if (closing.tokens[1]?.text === 'if')
      return { kind: 'if', condition, then, otherwise: [this.#condition(opening, closing.tokens.slice(2))] };
    this.#at++;
    const otherwise = this.parts();
    const end = this.next();
    if (end?.tokens[0]?.text !== 'end') throw new TemplateFault(opening.from, 'this if has no {{ end }}');
    return { kind: 'if', condition, then, otherwise };
  }
}

function print({ tokens, from }: Action): Part {
  return { kind: 'print', pipeline: new Commands(tokens, from).whole() };
}

/** Of one action. */
class Commands {
  readonly #tokens: Token[];
  readonly #from: number;
  #at = 0;
  #levels = 0;

  constructor(tokens: Token[], from: number) {
    this.#tokens = tokens;
    this.#from = from;
  }

  whole(): Pipeline {
    const pipeline = this.#pipeline();
    const rest = this.#tokens[this.#at];
    if (rest) throw new TemplateFault(rest.from, `unexpected ${rest.text}`);
    return pipeline;
  }

  #pipeline(): Pipeline {
    const commands = [this.#command(0)];
    while (this.#tokens[this.#at]?.kind === '|') {
      this.#at++;
      const command = this.#command(1);
      if (command.call === null) throw new TemplateFault(command.from, 'after | stands a function');
      commands.push(command);
    }
    return commands;
  }

  /** `piped`: how many arguments come from the command before. */
  #command(piped: number): Command {
    const first = this.#tokens[this.#at];
    if (!first || first.kind === '|' || first.kind === ')')
      throw new TemplateFault(first?.from ?? this.#from, 'a value is missing in a template');
    const called = first.kind === 'word' && first.text !== 'true' && first.text !== 'false';
    if (called) this.#at++;
    const operands: Operand[] = [];
    for (
      let token = this.#tokens[this.#at];
      token && token.kind !== '|' && token.kind !== ')';
      token = this.#tokens[this.#at]
    )
      operands.push(this.#operand(token));
    if (!called && operands.length > 1) throw new TemplateFault(first.from, `${first.text} is no function`);
    return {
      call: called ? checked(first, operands, piped) : null,
      operands: valued(first, operands),
      from: first.from,
    };
  }

  #operand(token: Token): Operand {
    this.#at++;
    if (token.kind !== '(') return simple(token);
    refuseDepth(++this.#levels, token.from);
    const pipeline = this.#pipeline();
    this.#levels--;
    if (this.#tokens[this.#at++]?.kind !== ')') throw new TemplateFault(token.from, 'this ( is not closed');
    return { kind: 'pipeline', pipeline };
  }
}

/** All labels together have no text, so only index takes them. */
function valued({ text, from }: Token, operands: Operand[]): Operand[] {
  const map = operands.findIndex(({ kind }) => kind === 'map');
  const fits = text === 'index' ? map === 0 : map < 0;
  if (!fits) throw new TemplateFault(from, text === 'index' ? 'index takes $labels first' : 'write $labels.NAME');
  return operands;
}

function checked(name: Token, operands: readonly Operand[], piped: number): string {
  const call = known(name);
  const wanted = call === 'index' ? 2 : PLAIN[call]?.args;
  const given = operands.length + piped;
  if (wanted != null ? given !== wanted : given === 0)
    throw new TemplateFault(name.from, `${call} takes ${wanted ?? 'at least 1'} arguments, not ${given}`);
  return call;
}

function known({ text, from }: Token): string {
  if (FUNCTIONS.includes(text)) return text;
  const what = OUTSIDE.includes(text) ? text : `the function ${text}`;
  throw new TemplateFault(from, `${what} is outside the subset; allowed: ${ALLOWED} ${FUNCTIONS.join(', ')}`);
}

function simple(token: Token): Operand {
  const [root, name, more] = token.text.replace(/^\./, '$.').split('.');
  if (token.kind === 'string' || token.kind === 'number' || token.kind === 'word')
    return { kind: 'literal', value: literal(token) };
  const path = root === '$' && token.kind !== 'variable' ? `.${name}` : root;
  const member = path?.startsWith('.') ? more : name;
  switch (path) {
    case '$value':
    case '.Value':
      return { kind: 'value' };
    case '$labels':
    case '.Labels':
      return member ? { kind: 'label', name: member } : { kind: 'map', external: false };
    case '$externalLabels':
    case '.ExternalLabels':
      return member ? { kind: 'external', name: member } : { kind: 'map', external: true };
    default:
      throw new TemplateFault(token.from, `${token.text} is outside the subset; allowed: ${ALLOWED}`);
  }
}
