// What the app says of its database. It is asked past the proxy, so that no exchange comes of it, and only if it has named itself in
// Hop-Trace: somebody else's app would note an address in its log that it does not know.
import { call, tell } from './api.js';
import { exchanges, full } from './store.js';

/**
 * How old an answer may be that a drawing goes by, in ms; with an exchange that has failed the state is asked for anew. An app without a
 * database gets none while it runs.
 */
const GOOD_FOR = 20_000;
const GOOD_WITHOUT = 300_000;

let state = null;
let asked = null;
let at = -Infinity;

/** Whether the app speaks for itself; null as long as nobody has looked. */
let hasName = null;

/**
 * What /db said last: { configured, reason } or { configured, reachable, error, server, pool, statementTimeoutMs, connections }; null where
 * nothing is known.
 */
export const database = () => state;

/** Whether there is one, reachable or not. */
export const isConfigured = () => Boolean(state?.configured);

/** Asks the app for JSON; gives its answer's { status, json }, without status if there was none. */
export async function askApp(path) {
    const { results: [answer] } = await call('POST', 'send', { path, via: 'direct', headers: [['Accept', 'application/json']] });
    try {
        return { status: answer.status, json: JSON.parse(answer.content) };
    } catch {
        // no answer, or one of another app's
        return { status: answer.status, json: null };
    }
}

/** Notes that an exchange's app has named itself. */
export function sawApp({ hops }) {
    if (hops?.length > 1) {
        hasName = true;
    }
}

/** The same where it is known otherwise. */
export const mayAsk = () => { hasName = true; };

/** The same by the newest answer of an app's that this page knows. */
async function named() {
    if (hasName === null) {
        const answer = exchanges().findLast(({ answeredBy, imported }) => answeredBy?.who === 'app' && !imported);
        if (answer) {
            hasName = (await full(answer.id)).hops.length > 1;
        }
    }
    return Boolean(hasName);
}

async function ask() {
    if (!await named()) {
        return;
    }
    const { status, json } = await askApp('/db');
    // an app that is away has said nothing of its database
    if (status) {
        state = status === 200 && json ? json : { configured: false, reason: `the app answers ${status} at /db` };
        at = performance.now();
        tell('database', state);
    }
}

/** Asks again, unless somebody does, or the last answer is good enough. */
export async function look({ fresh = false } = {}) {
    if (fresh || performance.now() - at > (state?.configured === false ? GOOD_WITHOUT : GOOD_FOR)) {
        asked ??= ask().finally(() => { asked = null; });
        await asked;
    }
    return state;
}

/** What the database did for a request: see docs/console.md; null if the app does not know. */
export async function ofRequest(requestId) {
    if (!requestId || !isConfigured()) {
        return null;
    }
    const { status, json } = await askApp(`/db/requests/${requestId}`);
    return status === 200 ? json : null;
}
