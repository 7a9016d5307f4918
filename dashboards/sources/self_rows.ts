import { lines, type PanelOf } from './panels.ts';
import { countRate, gauge, max, min, rate, ratio, sum, sumRate } from './promql.ts';

const NO_RULES = 'The daemon evaluates no rules';
const NO_ALERTMANAGER = 'No Alertmanager is configured: alerting.alertmanagers in docs/configuration.md';
const OF = ['instance'] as const;

export const RULES: readonly PanelOf[] = [
  lines({
    title: 'Alerts',
    description: 'Alerts of the rules that the daemons evaluate themselves.',
    unit: 'none',
    empty: 'No alert is pending or firing',
    width: 8,
    stacked: true,
    lines: [['{{alertname}} {{severity}} {{state}}', sum(['alertname', 'severity', 'state'], gauge('alerts'))]],
  }),
  lines({
    title: 'Rules',
    description:
      'Evaluations a second, those that failed (the log says which and why), and samples that the rules did not get or lost early, by reason.',
    unit: 'ops',
    empty: NO_RULES,
    width: 8,
    lines: [
      ['evaluations', sum([], rate('ruleEvaluations'))],
      ['failures', sum([], rate('ruleFailures'))],
      ['samples lost: {{reason}}', sum(['reason'], rate('ruleLost'))],
    ],
  }),
  lines({
    title: 'Time of the last evaluation',
    description: 'Of all rules that were due.',
    unit: 's',
    empty: NO_RULES,
    width: 8,
    lines: [['{{instance}}', max(OF, gauge('ruleLast'))]],
  }),
  lines({
    title: 'Memory of the samples for the rules',
    description: 'And what they may take (dashed, the least).',
    unit: 'bytes',
    empty: NO_RULES,
    width: 8,
    lines: [
      ['{{instance}}', max(OF, gauge('ruleMemory'))],
      ['least limit', min([], gauge('ruleMemoryLimit'))],
    ],
    against: ['least limit'],
  }),
  lines({
    title: 'To Alertmanager',
    description: 'Alerts a second: taken, in requests that failed, given up (by reason).',
    unit: 'ops',
    empty: NO_ALERTMANAGER,
    width: 8,
    lines: [
      ['{{alertmanager}} sent', sum(['alertmanager'], rate('notificationsSent'))],
      ['{{alertmanager}} failed', sum(['alertmanager'], rate('notificationsErrors'))],
      ['{{alertmanager}} given up: {{reason}}', sum(['alertmanager', 'reason'], rate('notificationsDropped'))],
    ],
  }),
  lines({
    title: 'Requests to Alertmanager',
    description: 'Mean time, failed ones too.',
    unit: 's',
    empty: NO_ALERTMANAGER,
    width: 4,
    lines: [
      [
        '{{alertmanager}}',
        ratio(
          sum(['alertmanager'], sumRate('notificationsLatency')),
          sum(['alertmanager'], countRate('notificationsLatency')),
        ),
      ],
    ],
  }),
  lines({
    title: 'Alerts that wait',
    description: 'In the queue to each Alertmanager, and how many can (dashed, the least).',
    unit: 'none',
    empty: NO_ALERTMANAGER,
    width: 4,
    lines: [
      ['{{alertmanager}}', sum(['alertmanager'], gauge('notificationsQueue'))],
      ['least room', min([], gauge('notificationsCapacity'))],
    ],
    against: ['least room'],
  }),
];
