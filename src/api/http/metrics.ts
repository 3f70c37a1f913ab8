/** `/metrics`: a scrape. Who scrapes is counted, too, as Go's handler does it. */
import { EXPOSITION_CONTENT_TYPE, Exposition } from '../metrics/exposition.js';
import { type Endpoint, type Respond, TEXT_HEADERS } from './exchange.js';

/** Writes the metrics of the moment. */
export type MetricsWriter = (out: Exposition) => void;

/** `runtime` brings the text of those that only the process knows. */
export function metricsEndpoint(write: MetricsWriter, runtime: () => Promise<string>): Endpoint {
  const answered = new Map([
    ['200', 0],
    ['500', 0],
    ['503', 0],
  ]);
  let underWay = 0;
  const scrape = async (): Promise<string> => {
    const more = await runtime();
    const out = new Exposition();
    write(out);
    out.gauge('promhttp_metric_handler_requests_in_flight', 'Scrapes under way.', underWay);
    out.series(
      'promhttp_metric_handler_requests_total',
      'counter',
      'Scrapes by their HTTP status.',
      [...answered].map(([code, count]) => [{ code }, count]),
    );
    return out.text(more);
  };
  const answer = (respond: Respond): void => {
    underWay++;
    const end = (status: number, contentType: string, body: string): void => {
      underWay--;
      answered.set(String(status), (answered.get(String(status)) ?? 0) + 1);
      respond({ status, headers: { 'Content-Type': contentType }, body });
    };
    scrape().then(
      (text) => end(200, EXPOSITION_CONTENT_TYPE, text),
      (error: Error) => end(500, TEXT_HEADERS['Content-Type'], `cannot gather metrics: ${error.message}\n`),
    );
  };
  return ['/metrics', (_request, respond) => answer(respond)];
}
