// The exchanges that this page knows, newest last: what the console keeps, and what the live stream brings.
import { call, hear, tell } from './api.js';

/** As many as a page holds; older ones leave it first. */
const MAX_KNOWN = 2000;

/** How many the console gives at once. */
const PAGE = 500;

const byId = new Map();
let started = null;

export const exchanges = () => [...byId.values()];

export const known = (id) => byId.get(String(id));

/** What a page needs for itself is not what somebody came to look at. */
export const isOwnFile = (exchange) => /^\/(static)\/|^\/favicon/.test(exchange.target);

function add(list) {
    const fresh = list.filter((exchange) => !byId.has(String(exchange.id)));
    fresh.forEach((exchange) => byId.set(String(exchange.id), exchange));
    for (const id of byId.keys()) {
        if (byId.size <= MAX_KNOWN) {
            break;
        }
        byId.delete(id);
    }
    return fresh;
}

/** Forgets all of them; the console keeps its own. */
export function clear() {
    byId.clear();
    tell('known', { fresh: [], skipped: 0, all: true });
}

/** Asks for what is kept, and again when a lost stream is back. Resolves when the list is there. */
export function start() {
    started ??= load();
    return started;
}

async function load() {
    const { exchanges: kept } = await call('GET', `exchanges?limit=${PAGE}`);
    // what the stream brought meanwhile is newer
    const meanwhile = exchanges();
    byId.clear();
    add(kept.toReversed());
    add(meanwhile);
    tell('known', { fresh: kept, skipped: 0, all: true });
}

let wasLost = false;
hear('stream', ({ state }) => {
    if (state !== 'live') {
        wasLost = true;
    } else if (wasLost) {
        wasLost = false;
        started = load().catch(() => { /* the stream's own state says what is wrong */ });
    }
});

hear('exchanges', (news) => {
    const fresh = add(news.exchanges);
    tell('known', { fresh, skipped: news.skipped, all: false });
});
