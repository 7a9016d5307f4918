/** Go's formatting of numbers and printf, as far as templates of rules use it. A bigint is Go's int, a number its float64. */
export type Value = string | number | bigint | boolean;

/** Go's %v. */
export function show(value: Value): string {
  return typeof value === 'number' ? general(value, null) : String(value);
}

/** Go's %g; `digits` null: as many as the number needs. */
export function general(value: number, digits: number | null): string {
  if (!Number.isFinite(value)) return special(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const wanted = digits === 0 ? 1 : digits;
  const [mantissa, exponent] = (wanted === null ? value.toExponential() : exponential(value, wanted - 1)).split('e');
  const [significant, power] = [mantissa!.replace(/\.?0+$/, ''), Number(exponent)];
  if (power < -4 || power >= largest(wanted, significant, power)) return `${significant}${exponentText(power)}`;
  return withoutExponent(significant, power);
}

/** From which power of ten on there is an exponent. */
function largest(digits: number | null, significant: string, power: number): number {
  if (digits === null) return 6;
  const count = significant.replace(/[-.]/g, '').length;
  return digits > count && count >= power + 1 ? count : digits;
}

function withoutExponent(significant: string, power: number): string {
  const sign = significant.startsWith('-') ? '-' : '';
  const figures = significant.replace(/[-.]/g, '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${figures}`;
  const whole = figures.slice(0, power + 1).padEnd(power + 1, '0');
  const rest = figures.slice(power + 1);
  return `${sign}${whole}${rest && `.${rest}`}`;
}

function exponentText(power: number): string {
  return `e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function special(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const VERB = /%([-+ 0#]*)(\d+)?(?:\.(\d+)?)?([a-zA-Z%])/g;

/** A wider field would be memory for nothing. */
const WIDTH_MAX = 1000;

type Spec = { flags: string; width: number; precision: number | null };

/**
 * Go's printf for %s %q %v %d %f %e %g %t %x %%; a verb that does not fit is written as Go writes it.
 * @throws Error for a width over 1000 and a precision over 100
 */
export function printf(format: string, values: readonly Value[]): string {
  let used = 0;
  const text = format.replace(VERB, (whole, flags: string, width, precision, verb: string) => {
    if (verb === '%') return '%';
    if (used >= values.length) return `%!${verb}(MISSING)`;
    if (Number(width ?? 0) > WIDTH_MAX) throw new Error(`a width of more than ${WIDTH_MAX}`);
    const dotted = whole.includes('.');
    return one(verb, values[used++]!, {
      flags,
      width: Number(width ?? 0),
      precision: dotted ? Number(precision ?? 0) : null,
    });
  });
  const extra = values.slice(used).map((value) => `${typeName(value)}=${show(value)}`);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(', ')})` : text;
}

function one(verb: string, value: Value, spec: Spec): string {
  const text = verbText(verb, value, spec.precision);
  if (text === null) return `%!${verb}(${typeName(value)}=${show(value)})`;
  const numeric = typeof value === 'number' || typeof value === 'bigint';
  const signed = numeric && verb !== 'v' ? withSign(text, spec.flags) : text;
  if (spec.flags.includes('-')) return signed.padEnd(spec.width);
  const zeros = spec.flags.includes('0') && numeric && Number.isFinite(Number(value));
  if (!zeros) return signed.padStart(spec.width);
  const sign = /^[-+ ]?/.exec(signed)![0];
  return sign + signed.slice(sign.length).padStart(spec.width - sign.length, '0');
}

/** Only infinities have a plus of their own. */
function withSign(text: string, flags: string): string {
  if (flags.includes('+')) return /^[-+]/.test(text) ? text : `+${text}`;
  return flags.includes(' ') && !text.startsWith('-') ? ` ${text.replace('+', '')}` : text;
}

function verbText(verb: string, value: Value, precision: number | null): string | null {
  if (verb === 'v') return typeof value === 'number' ? general(value, precision) : cut(show(value), value, precision);
  if (typeof value === 'string') return stringText(verb, value, precision);
  if (typeof value === 'bigint') return verb === 'd' ? String(value) : verb === 'x' ? value.toString(16) : null;
  if (typeof value === 'boolean') return verb === 't' ? String(value) : null;
  return floatText(verb, value, precision);
}

function stringText(verb: string, value: string, precision: number | null): string | null {
  if (verb === 's') return cut(value, value, precision);
  if (verb === 'q') return quote(cut(value, value, precision));
  return verb === 'x' ? Buffer.from(value, 'utf8').toString('hex') : null;
}

function cut(text: string, value: Value, precision: number | null): string {
  return typeof value === 'string' && precision !== null ? [...text].slice(0, precision).join('') : text;
}

function floatText(verb: string, value: number, precision: number | null): string | null {
  if (!'feg'.includes(verb.toLowerCase())) return null;
  if (!Number.isFinite(value)) return special(value);
  if (verb === 'g' || verb === 'G') return general(value, precision);
  if (verb === 'e') {
    const [mantissa, exponent] = exponential(value, precision ?? 6).split('e');
    return mantissa + exponentText(Number(exponent));
  }
  return fixed(value, precision ?? 6);
}

/** toFixed gives up at 1e21. */
function fixed(value: number, digits: number): string {
  const sign = Object.is(value, -0) ? '-' : '';
  if (Math.abs(value) < 1e21) return sign + toEven(value.toFixed(digits), value.toFixed(100), digits);
  return `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
}

function exponential(value: number, digits: number): string {
  const exact = value.toExponential(100);
  const [mantissa, exponent] = exact.split('e') as [string, string];
  const rounded = value.toExponential(digits);
  const even = toEven(rounded, mantissa, digits);
  return even === rounded ? rounded : `${even}e${exponent}`;
}

/** JavaScript rounds a tie up, Go to the even digit. `exact` has all digits behind its point. */
function toEven(rounded: string, exact: string, digits: number): string {
  const end = exact.indexOf('.') + 1 + digits;
  const kept = exact.slice(0, digits === 0 ? end - 1 : end);
  const tie = /^50*$/.test(exact.slice(end)) && /[02468]$/.test(kept);
  return tie ? kept : rounded;
}

const QUOTED: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '"': '\\"', '\\': '\\\\' };

function quote(text: string): string {
  const inside = text.replace(/["\\\p{Cc}]/gu, (found) => {
    return QUOTED[found] ?? `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${inside}"`;
}

export function typeName(value: Value): string {
  return { string: 'string', number: 'float64', bigint: 'int', boolean: 'bool' }[typeof value as 'string'];
}
