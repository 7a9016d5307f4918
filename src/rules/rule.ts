import type { Label } from './labels.ts';
import type { Node } from './promql/ast.ts';
import type { Template } from './template/tree.ts';

/** A label or an annotation of an alert, with the text it came from. */
export type Field = { name: string; source: string; template: Template };

type Common = { name: string; query: string; expression: Node; line: number };

export type AlertRule = Common & {
  kind: 'alert';
  forMs: number;
  keepFiringForMs: number;
  labels: readonly Field[];
  annotations: readonly Field[];
};
export type RecordRule = Common & { kind: 'record'; labels: readonly Label[] };
export type Rule = AlertRule | RecordRule;

/** `intervalMs` null: the daemon's own. `limit`: alerts or series of one rule; 0: none. */
export type RuleGroup = {
  file: string;
  name: string;
  intervalMs: number | null;
  limit: number;
  rules: readonly Rule[];
};
