// The exchanges that this page knows, newest last: what the console keeps, and what the live stream brings.
import { call, hear, tell } from './api.js';

/** As many as a page holds; older ones leave it first. */
export const MAX_KNOWN = 2000;

/** How many the console is asked for at once; at first as many as are seen, so that they are there soon. */
const PAGE = 500;
const FIRST = 150;

const byId = new Map();
let started = null;

export const exchanges = () => [...byId.values()];

export const known = (id) => byId.get(String(id));

/** This proxy: what it is called, and whether it knows of others. */
let proxy = { name: null, peers: false };

export const own = () => proxy;

/** Says what this proxy is called beside the others. */
export function called(name) {
    proxy = { ...proxy, name };
    byId.forEach((exchange) => { exchange.peer || (exchange.proxy = name); });
}

/** What a page needs for itself is not what somebody came to look at. */
export const isOwnFile = (exchange) => /^\/(static)\/|^\/favicon/.test(exchange.target);

function add(list) {
    const fresh = list.filter((exchange) => !byId.has(String(exchange.id)));
    fresh.forEach((exchange) => {
        exchange.proxy ??= proxy.name;
        byId.set(String(exchange.id), exchange);
    });
    drop(({ imported }) => !imported);
    // of an opened file all stay as long as there is room
    drop(() => true);
    return fresh;
}

/** Makes room, the oldest first. */
function drop(may) {
    for (const [id, exchange] of byId) {
        if (byId.size <= MAX_KNOWN) {
            return;
        }
        if (may(exchange)) {
            byId.delete(id);
        }
    }
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

/** Whether all that the console kept has once been loaded: from then on, what is known reaches back to there. */
let isWhole = false;

async function load() {
    let count = 0;
    let before = null;
    for (let limit = FIRST, more = true; more && count < MAX_KNOWN; limit = PAGE) {
        const { exchanges: page, proxy: name, peers } = await call('GET', `exchanges?limit=${limit}${before === null ? '' : `&before=${before}`}`);
        if (before === null) {
            proxy = { name: proxy.name ?? name, peers };
            tell('own', proxy);
        }
        const last = page.at(-1)?.id ?? null;
        more = page.length === limit && last !== before && !(isWhole && known(last));
        // what the stream brought meanwhile is newer; what a restarted proxy has forgotten stays
        const fresh = merge(page);
        if (before === null) {
            tell('known', { fresh, skipped: 0, all: true });
        }
        before = last;
        count += page.length;
    }
    if (count > FIRST) {
        // what is older is not news
        tell('known', { fresh: [], skipped: 0, all: true });
    }
    isWhole = true;
}

/** Puts a list in among those that are known, in their order; gives those that were not. */
function merge(list) {
    const fresh = list.filter((exchange) => !byId.has(String(exchange.id)));
    const all = [...fresh, ...byId.values()].sort(byAge);
    byId.clear();
    add(all);
    return fresh;
}

/** Those of others have no number here, or another one's. */
const isOthers = ({ imported, peer }) => imported || peer;

/** By number, which grows also over a restart of the proxy; where one is of others, by the time of their end. */
const byAge = (a, b) => (isOthers(a) || isOthers(b) ? Date.parse(a.time) - Date.parse(b.time) : a.id - b.id);

/** Takes exchanges that did not pass this proxy. */
export function take(imported) {
    merge(imported);
    tell('known', { fresh: imported, skipped: 0, all: true });
}

/** Takes exchanges of other proxies; their ids have the proxy's address in them. */
export function takeOthers(list) {
    const fresh = merge(list.map((exchange) => ({ ...exchange, id: `${exchange.peer}/${exchange.id}` })));
    fresh.length && tell('known', { fresh, skipped: 0, all: true });
}

/** Everything about an exchange. One that is still under way may end within two seconds. */
export async function full(id) {
    const here = known(id);
    if (here?.imported) {
        return here;
    }
    const [peer, theirs] = String(id).split('/');
    return theirs
        ? { ...await call('GET', `peers/${encodeURIComponent(peer)}/${theirs}`), id, peer, proxy: here?.proxy ?? peer }
        : call('GET', `exchanges/${id}?wait=2000`);
}

/** Asks again after a time without the stream. */
function again() {
    started = load().catch(() => { /* the stream's own state says what is wrong */ });
}

let wasLost = false;
hear('stream', ({ state }) => {
    if (state !== 'live') {
        wasLost = true;
    } else if (wasLost) {
        wasLost = false;
        again();
    }
});
hear('seen', again);

/** What comes at shorter intervals is told together, in ms: a page that is drawn ten times a second has no time for its reader. */
const PAUSE = 500;

let gathered = { fresh: [], skipped: 0 };
let told = 0;
let timer = null;

function tellAll() {
    const { fresh, skipped } = gathered;
    gathered = { fresh: [], skipped: 0 };
    told = performance.now();
    timer = null;
    tell('known', { fresh, skipped, all: false });
}

/** How long after a gap the list is asked for what was not in the stream, in ms. */
const FILL = 1500;

let filling = null;

/** Of a flood nobody wants all; of a few that came too fast the console still has the rest. */
async function fill() {
    filling = null;
    try {
        const { exchanges: kept } = await call('GET', `exchanges?limit=${PAGE}`);
        const fresh = merge(kept.toReversed());
        if (fresh.length) {
            tell('known', { fresh, skipped: -fresh.length, all: true });
        }
    } catch {
        // the stream's own state says what is wrong
    }
}

hear('exchanges', (news) => {
    if (news.skipped > 0 && news.skipped < PAGE) {
        filling ??= setTimeout(fill, FILL);
    }
    gathered.fresh.push(...add(news.exchanges));
    gathered.skipped += news.skipped;
    timer ??= setTimeout(tellAll, Math.max(0, told + PAUSE - performance.now()));
});
