type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The collector's address for metrics, by the variables of the OpenTelemetry specification: the one
 * for metrics is used as it is, the general one gets `/v1/metrics`.
 */
export function otlpAddress({
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: own = '',
  OTEL_EXPORTER_OTLP_ENDPOINT: general = '',
}: Environment): string | undefined {
  if (own !== '') return own;
  return general === '' ? undefined : `${general.replace(/\/$/, '')}/v1/metrics`;
}

/**
 * The headers of `OTEL_EXPORTER_OTLP_HEADERS` and `…_METRICS_HEADERS` (`name=value,name=value`,
 * percent-encoded), only for the address that the environment names: another one must not get them.
 */
export function otlpHeaders(url: string, environment: Environment): Record<string, string> {
  const own = otlpAddress(environment);
  if (own === undefined || URL.parse(own)?.origin !== URL.parse(url)?.origin) return {};
  const { OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_METRICS_HEADERS } = environment;
  return {
    ...parseHeaders(OTEL_EXPORTER_OTLP_HEADERS),
    ...parseHeaders(OTEL_EXPORTER_OTLP_METRICS_HEADERS),
  };
}

function parseHeaders(text = ''): Record<string, string> {
  const pairs = text.split(',').map(pair => /^([\w-]+)=(.+)$/.exec(pair.replaceAll(' ', '')));
  return Object.fromEntries(
    pairs.flatMap(match => (match ? [[match[1]!.toLowerCase(), decoded(match[2]!)]] : [])),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
