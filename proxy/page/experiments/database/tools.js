// What experiments with the database need: the app's own word about it, the app's part and the database's in an exchange, and rows.
import { part } from '../../path/database.js';
import { HOST } from '../conf.js';
import { ends } from '../draw/figure.js';

const JSON_PLEASE = [['Accept', 'application/json']];

/** How long something may take to show, and how often it is looked for, in ms. */
const PATIENCE = 15_000;
const LOOK = 100;

/** How long a proxy waits that is in a hurry, in seconds, and its location. */
export const GIVES_UP = 1;
export const HASTY = `location /experiment/hasty/ {
    proxy_read_timeout ${GIVES_UP}s;
    ${HOST}
    proxy_pass http://app/;
}`;

/** Asks the app past the proxy, as JSON. */
export const direct = (lab, path, options) => lab.send(path, { via: 'direct', headers: JSON_PLEASE, ...options });

/** What /db says; throws if it does not. */
export async function db(lab) {
    const answer = await direct(lab, '/db');
    lab.need(answer.status === 200, `the app answered ${answer.said} at /db`);
    return answer.json();
}

/** Asks /db until it says what is looked for. */
export async function until(lab, what, holds) {
    for (const end = performance.now() + PATIENCE; performance.now() < end; await lab.sleep(LOOK)) {
        const state = await db(lab);
        if (holds(state)) {
            return state;
        }
    }
    return lab.need(false, `waited in vain for ${what}`);
}

/** Where PostgreSQL listens: `host:port`. */
export const address = ({ server }) => server.address ?? `${server.host}:${server.port}`;

export const portOf = (state) => Number(ends(address(state))[1]);

/** One request through the proxy: { sent, exchange, its: the database's part, or null }. */
export async function ask(lab, path, options = {}) {
    const sent = await lab.send(path, { headers: JSON_PLEASE, ...options });
    lab.need(sent.id, `the proxy has recorded no request for ${path}: ${sent.said}`);
    const exchange = await lab.exchange(sent.id);
    return { sent, exchange, its: part(exchange) };
}

/** The queries of an exchange, from the app; waits until the last one is over. */
export async function queriesOf(lab, exchange) {
    let last = null;
    for (const end = performance.now() + PATIENCE; performance.now() < end; await lab.sleep(LOOK)) {
        const answer = await direct(lab, `/db/requests/${exchange.requestId}`);
        last = answer.status === 200 ? answer.json() : null;
        if (last?.error && !last.queries.length) {
            return lab.need(false, `a request was not even asked of PostgreSQL: ${last.text}`);
        }
        if (last?.queries.length && last.queries.every(({ durMs }) => durMs !== null)) {
            return last;
        }
    }
    return lab.need(false, last ? 'its query does not end' : 'the app does not know what its database did for the request');
}

/** The notes; where there are fewer than `least`, some are written by a few authors, and stay. */
export async function notes(lab, least = 2) {
    const read = async () => lab.needStatus(await direct(lab, '/notes'), 200, 'the list of notes').json().notes;
    let all = await read();
    for (let i = 0; all.length < least && i < least; i++) {
        const body = JSON.stringify({ author: ['Ada', 'Grace', 'Edsger', 'Barbara'][i % 4], text: `Note ${i + 1}, by an experiment` });
        const made = await direct(lab, '/notes', { method: 'POST', body });
        lab.need(made.status === 201, `a note could not be written: ${made.said}`);
        all = await read();
    }
    return all;
}
