import { time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';
import { GIVES_UP, HASTY, ask, db, queriesOf } from './tools.js';

/** How long the query takes whose asker gives up, in seconds. */
const QUERY = 4;

/** The app sleeps for no longer, and the proxy waits for no longer, in seconds. */
const MAX_QUERY = 59;

export default {
    ask: {
        question: `A query takes ${QUERY} s. After ${GIVES_UP} s the proxy has waited long enough (proxy_read_timeout), and the client gets 504. What does PostgreSQL do then?`,
        answers: { goes: 'it goes on to the query’s end, for nobody', stops: 'it stops: nobody waits any more' },
    },
    steps: [
        `Three requests with a slow query (pg_sleep) are made at once. For one the browser gives up after ${GIVES_UP} s, for one the proxy, and one takes longer than PostgreSQL’s own statement_timeout.`,
        'The proxy’s record says who ended each request, and when. The app has noted how long PostgreSQL was at each query.',
    ],
    needs: [needs.app, needs.edit, needs.database],
    async run(lab) {
        const { statementTimeoutMs } = await db(lab);
        lab.need(statementTimeoutMs, 'there is no statement_timeout (DB_STATEMENT_TIMEOUT=0): PostgreSQL would end no query by itself');
        lab.need(statementTimeoutMs > QUERY * 1000, `statement_timeout is ${time(statementTimeoutMs)}: it would end a query of ${QUERY} s by itself`);
        const long = Math.ceil(statementTimeoutMs / 1000) + 1;
        lab.need(long <= MAX_QUERY, `statement_timeout is ${time(statementTimeoutMs)}: the proxy would give up before PostgreSQL does (proxy_read_timeout)`);
        return lab.withLocations(HASTY, async () => {
            const [browser, proxy, database] = await Promise.all([leaves(lab), ask(lab, `/experiment/hasty/notes/slow?seconds=${QUERY}`), ask(lab, `/notes/slow?seconds=${long}`)]);
            lab.needStatus(proxy.sent, 504, 'the request that the proxy gives up');
            lab.need(database.its?.error === 'statement_timeout', `the longest query was not ended by statement_timeout: ${database.sent.said}, ${database.its?.error ?? 'no error'}`);
            const rows = [];
            for (const [label, { exchange }] of [[`the browser, after ${GIVES_UP} s`, browser], [`the proxy: proxy_read_timeout ${GIVES_UP}s`, proxy], [`PostgreSQL: statement_timeout ${time(statementTimeoutMs)}`, database]]) {
                rows.push({ label, exchange, query: (await queriesOf(lab, exchange)).queries[0] });
            }
            const [left, gaveUp, ended] = rows;
            const after = gaveUp.query.startMs + gaveUp.query.durMs - gaveUp.exchange.phases.totalMs;
            return {
                answer: after > QUERY * 500 ? 'goes' : after < 1000 ? 'stops' : undefined,
                verdict: `The proxy answered 504 after ${time(gaveUp.exchange.phases.totalMs)}; PostgreSQL was at the query for ${time(gaveUp.query.durMs)}. When the browser had left, the log had ${left.exchange.status}, and PostgreSQL went on for ${time(left.query.durMs)} in all. `
                    + `Only its own statement_timeout ended a query: after ${time(ended.query.durMs)}, and the app answered ${ended.exchange.status}.`,
                figures: [lanes('Who gave up, and how long PostgreSQL was at it', rows.flatMap(({ label, exchange, query }) => [
                    { label, id: exchange.id, value: `${exchange.status} after ${time(exchange.phases.totalMs)}`, note: answered(exchange), bars: [{ to: exchange.phases.totalMs, who: 'client', text: 'the request' }] },
                    { label: 'its query', value: time(query.durMs), note: query.error ? query.error.replaceAll('_', ' ') : 'to its end', bars: [{ from: query.startMs, to: query.startMs + query.durMs, who: query.error ? 'failed' : 'database', text: 'the query' }] },
                ]))],
                why: 'A timeout ends the waiting of whoever has it, and nothing else. The app learns that the proxy has left when it wants to answer; PostgreSQL looks at its connection only when it wants to send rows. So who gives up should do so from the inside out: '
                    + 'statement_timeout shortest, then the app’s own (gunicorn --timeout), then proxy_read_timeout. Otherwise those who press “reload” after a 504 pile up queries that nobody waits for, until the pool is empty.',
                conf: `${HASTY}\n\n# settings.py\n# DATABASES = {"default": {…, "OPTIONS": {"options": "-c statement_timeout=${statementTimeoutMs}"}}}`,
            };
        });
    },
};

/** A request of this page's that is given up, as by closing the tab. */
async function leaves(lab) {
    const path = `/notes/slow?seconds=${QUERY}&by=browser`;
    const leaving = new AbortController();
    const timer = setTimeout(() => leaving.abort(), GIVES_UP * 1000);
    const status = await fetch(path, { cache: 'no-store', signal: leaving.signal }).then((response) => response.status, () => null);
    clearTimeout(timer);
    lab.need(status === null, `the browser was answered with ${status} before it gave up`);
    return { exchange: await lab.newest(path) };
}
