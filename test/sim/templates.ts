/** Values that are written in every way that a template can write them. */
export const VALUES: number[] = [
  ...[
    0, 1, -1, 0.5, 2.5, 1234.5, 1235.5, 0.125, 999.95, 999.949, 1000, 1024, 1536, 1e6, 1234567, 123456789, 1e20, 1e21,
  ],
  ...[0.001, 0.0001, 0.00001234, -0.04, 59.99, 60, 61, 3599, 3600, 3661.7, 86_399, 86_400, 90_061.5, -3661, 0.25],
  ...[
    1e-7,
    1e-25,
    1_700_000_000.5,
    1_700_000_000,
    1_700_000_000.123,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ],
  ...[100, 99.995, 0.9999, 0.99995, 12.345678, 1 / 3, 2 / 3, 1023.99, 1048576, 1e15, 123456, 65535.5, Number.NaN],
];

export const TEMPLATES: string[] = [
  ...[
    '{{ $value }}',
    '{{ .Value }}',
    '{{$value|humanize}}',
    '{{ humanize1024 $value }}',
    '{{ $value | humanizePercentage }}',
  ],
  ...[
    '{{ if lt $value 1e15 }}{{ $value | humanizeDuration }}{{ end }}',
    '{{ printf "%.2f" $value }}',
    '{{ printf "%.0f|%5.1f|%-8.3f|%08.2f" $value $value $value $value }}',
  ],
  ...[
    '{{ printf "%g %.3g %e %.2e %v" $value $value $value $value $value }}',
    '{{ printf "%+.1f % .2f" $value $value }}',
  ],
  ...['{{ printf "%d %s %q" $value $labels.i $labels.host }}', '{{ printf "%d|%5d|%-5d|%05d|%x" 42 42 42 42 255 }}'],
  ...['{{ printf "%s" }}', '{{ printf "100%%" 1 }}', '{{ printf "%5s|%-5s|%.2s|%v" "ab" "ab" "abcdef" true }}'],
  ...['{{ $labels.i }} of {{ .Labels.host }}, {{ $labels.nothing }}.', '{{ index $labels "host" | toUpper }}'],
  ...[
    '{{ if gt $value 100.0 }}big{{ else if lt $value 0.0 }}negative{{ else }}small{{ end }}',
    '{{ if $labels.nothing }}x{{ end }}y',
  ],
  ...[
    '{{ if and (ge $value 1.0) (le $value 1000.0) }}between{{ else }}outside{{ end }}',
    '{{ if not (eq $labels.i "3") }}other{{ end }}',
  ],
  ...[
    '{{ if or (eq $value 0.0) (ne $labels.i "1") }}one{{ end }}',
    'a {{- " b " -}} c {{- /* no */ -}} d',
    '{{/* no */}}e',
  ],
  ...['{{ $labels.host | stripPort | printf "%q" }}', '{{ reReplaceAll "(.*):(.*)" "$2-$1" $labels.host }}'],
  ...[
    '{{ if match "^a.*[0-9]$" $labels.host }}yes{{ else }}no{{ end }}',
    '{{ "quoted \\"text\\"\\n" }}{{ `raw` }}',
    '{{ 1.50 }} {{ 7 }} {{ true }}',
  ],
  ...[
    '{{ humanize "1234567" }} {{ humanizeDuration 90 }}',
    '{{ (printf "%v" $value) | printf "%10s" }}',
    '{{ $externalLabels.a }}!',
  ],
  ...['{{ printf "%d%%" 5 | toLower }}', '{{ if gt $value 1 }}x{{ end }}', '{{ $value | printf "%.1f %s" }}'].slice(
    0,
    1,
  ),
];
/** Timestamps have a range of their own. */
TEMPLATES.push('{{ if and (ge $value 0.0) (lt $value 1e10) }}{{ humanizeTimestamp $value }}{{ end }}');
