import { show, type Value } from './format.ts';
import { PLAIN, truth } from './functions.ts';
import type { Command, Operand, Part, Pipeline, Template, TemplateData } from './tree.ts';

/** The text; where it cannot be made, Prometheus's words for that, so that the alert goes out all the same. */
export function expand(template: Template, data: TemplateData): string {
  try {
    return parts(template, data);
  } catch (error) {
    return `<error expanding template: ${(error as Error).message}>`;
  }
}

function parts(list: readonly Part[], data: TemplateData): string {
  return list.map((part) => expandPart(part, data)).join('');
}

function expandPart(part: Part, data: TemplateData): string {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'print') return show(run(part.pipeline, data));
  return parts(truth(run(part.condition, data)) ? part.then : part.otherwise, data);
}

function run(pipeline: Pipeline, data: TemplateData): Value {
  let result: Value | undefined;
  for (const command of pipeline) result = execute(command, result, data);
  return result!;
}

function execute({ call, operands }: Command, piped: Value | undefined, data: TemplateData): Value {
  if (call === 'and' || call === 'or') return choose(call, operands, piped, data);
  if (call === 'index') return index(operands, piped, data);
  const values = operands.map((operand) => operandValue(operand, data));
  if (call === null) return values[0]!;
  if (piped !== undefined) values.push(piped);
  return PLAIN[call]!.call(...values);
}

/** The first false one of `and`, the first true one of `or`; else the last. */
function choose(call: string, operands: readonly Operand[], piped: Value | undefined, data: TemplateData): Value {
  let result: Value | undefined;
  for (const operand of operands) {
    result = operandValue(operand, data);
    if (truth(result) === (call === 'or')) return result;
  }
  return piped ?? result!;
}

function index(operands: readonly Operand[], piped: Value | undefined, data: TemplateData): Value {
  const [map, key] = operands;
  const name = key ? operandValue(key, data) : piped;
  if (map?.kind !== 'map' || typeof name !== 'string') throw new Error('index takes $labels and the name of a label');
  return map.external ? data.externalLabels(name) : data.labels(name);
}

function operandValue(operand: Operand, data: TemplateData): Value {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'value':
      return data.value;
    case 'label':
      return data.labels(operand.name);
    case 'external':
      return data.externalLabels(operand.name);
    case 'pipeline':
      return run(operand.pipeline, data);
    default:
      throw new Error('all labels together have no text');
  }
}
