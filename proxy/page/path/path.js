// The path on top: browser ─ proxy ─ app ─ database with the sockets of one exchange. It follows the newest one, or stays with the one that
// the address bar names (?x=ID); ?hop=NAME opens the details of a hop under it.
import { hear, tell } from '../lib/api.js';
import { $, h, ms, place } from '../lib/dom.js';
import { go, link, route } from '../lib/router.js';
import { exchanges, full, isOwnFile, known } from '../lib/store.js';
import * as database from './database.js';
import { detail } from './detail.js';
import { cutOff, fault, shortly } from './fault.js';
import { lock } from './lock.js';

/** The newest one is asked for no oftener than this, in ms. */
const PAUSE = 400;

/** A database that is still at it is asked for after this time, in ms. */
const AGAIN = 1000;

let shown = null;
let wanted = null;
let newer = 0;

/** The hop whose details are drawn with the shown exchange; undefined where another thing is. */
let drawnHop;

export function section() {
    return h('section', { id: 'stage', 'aria-label': 'The path of a request' },
        h('div', { class: 'stage-head' },
            h('h1', { id: 'stage-title' }, 'No request yet'),
            h('span', { id: 'stage-said' }),
            h('span', { class: 'buttons' },
                h('a', { id: 'trace-link', class: 'small', hidden: true, target: '_blank', rel: 'noopener noreferrer' }),
                h('button', { type: 'button', id: 'newer', class: 'small', hidden: true, click: follow }),
                h('a', { id: 'follow', class: 'small', hidden: true, href: '#' }, 'follow the newest'))),
        h('ol', { class: 'hops', id: 'hops' }, emptyPath()),
        h('div', { id: 'hop-detail', hidden: true }));
}

export function start(requestId) {
    hear('route', shows);
    hear('known', ({ fresh, all }) => {
        const news = fresh.filter((exchange) => !isOwnFile(exchange));
        if (all && shown?.client.stream && drawnHop) {
            // what went on beside it may be known only now
            draw(drawnHop);
        }
        if (news.length && !route().x) {
            newer += all ? 0 : news.length;
            soon();
        }
    });
    hear('trouble', (error) => { $('#stage-said').textContent = error.message; });
    if (requestId && !route().x) {
        show(requestId).then(shows);
    } else {
        shows();
    }
}

/** Puts an exchange on the path, for good: Back leads to what was there before. The path comes in sight where it is not. */
export function pick(id, hop) {
    go({ x: id, ...(hop ? { hop } : {}) });
    const under = $('#bar').getBoundingClientRect().bottom;
    const { top } = $('#stage').getBoundingClientRect();
    if (top < under - 1) {
        scrollBy(0, top - under);
    }
}

function follow() {
    go({ x: null });
    newer = 0;
    soon(true);
}

function shows() {
    const { x, hop } = route();
    $('#follow').hidden = !x;
    $('#follow').href = link({ x: null });
    if (x && String(x) !== String(shown?.id)) {
        show(x);
    } else if (shown && hop !== drawnHop) {
        draw(hop);
    }
}

let timer = null;

/** Shows the newest one; after the first a moment later, so that a flood redraws the path a few times a second and no more. */
function soon(now = false) {
    timer ??= setTimeout(async () => {
        const newest = exchanges().findLast((exchange) => !isOwnFile(exchange));
        if (newest && !route().x && newest.id !== shown?.id) {
            if (!now && held()) {
                mark();
            } else {
                newer = 0;
                mark();
                await show(newest.id);
            }
        }
        timer = null;
    }, now || !wanted ? 0 : PAUSE);
}

/** Nothing moves under somebody's pointer or keyboard. */
const held = () => shown && $('#stage').matches(':is(:hover, :focus-within)');

function mark() {
    $('#newer').hidden = newer === 0;
    $('#newer').textContent = `${newer} newer`;
}

async function show(id) {
    wanted = id;
    let exchange;
    try {
        // a page's own load may not have ended yet when its script runs
        exchange = await full(id);
    } catch (error) {
        if (wanted !== id) {
            return;
        }
        if (!known(id)) {
            // what is drawn is another one: it must not stand beside these words
            drawnHop = undefined;
            $('#stage-title').replaceChildren(h('code', {}, `Exchange ${id}`));
            $('#stage-title').removeAttribute('title');
            $('#stage-said').textContent = error.message;
            $('#trace-link').hidden = true;
            $('#hops').classList.remove('four', 'many');
            $('#hops').replaceChildren(...emptyPath());
            $('#hop-detail').hidden = true;
            return;
        }
        // what the page knows of it is still so; what only the proxy knew is gone
        exchange = { ...known(id), ...UNKNOWN, gone: error.message };
    }
    // while we asked, another may have been wanted
    if (wanted === id) {
        shown = exchange;
        draw(route().hop);
        tell('selected', exchange);
        await keepUp(exchange);
    }
}

/** Draws what comes to be known later: what the app says of its database, and that again as long as it is at it. */
async function keepUp(exchange) {
    do {
        if (await database.about(exchange) && shown === exchange) {
            draw(drawnHop);
        }
        await new Promise((resolve) => { setTimeout(resolve, database.isUnderWay(exchange) ? AGAIN : 0); });
    } while (shown === exchange && database.isUnderWay(exchange));
}

export const selected = () => shown;

function draw(hop) {
    drawnHop = hop;
    const { method, target, status, phases, outcome, answeredBy } = shown;
    $('#stage-title').replaceChildren(
        h('code', {}, `${method} ${target}`), ' ',
        h('b', { class: `status s${String(status)[0]}` }, String(status)),
        ` in ${ms(phases.totalMs)}`,
        outcome === 'ok' ? '' : h('em', { class: 'outcome' }, ` ${outcome.replaceAll('_', ' ')}`),
    );
    $('#stage-title').title = `${method} ${target}`;
    $('#stage-said').textContent = [answeredBy?.text, database.blame(shown), shown.gone].filter(Boolean).join('; ');
    const { trace } = shown;
    $('#trace-link').hidden = !trace;
    if (trace) {
        $('#trace-link').href = trace.link;
        $('#trace-link').textContent = `open this trace in ${trace.name}`;
    }
    const focused = document.activeElement?.closest('#hops [data-hop]')?.dataset.hop;
    const parts = diagram(hop);
    $('#hops').classList.toggle('four', parts.length === 7);
    $('#hops').classList.toggle('many', parts.length > 7);
    $('#hops').replaceChildren(...parts);
    if (focused) {
        // who is on a hop with the keyboard stays on it
        $(`#hops [data-hop=${focused}]`)?.focus({ preventScroll: true });
    }
    const onContent = document.activeElement?.id === 'hop-content';
    $('#hop-detail').hidden = !hop;
    $('#hop-detail').replaceChildren(...(hop ? detail(shown, hop) : []));
    if (onContent) {
        $('#hop-content')?.focus({ preventScroll: true });
    }
}

/** Of an exchange that the proxy no longer keeps, as after its restart. */
const UNKNOWN = {
    headers: { fromClient: [], toUpstream: [], fromUpstream: [], toClient: [] }, startLines: {}, changes: { request: [], response: [] }, hops: [], lines: [],
};

const lastTry = () => shown.tries.at(-1);

function diagram(hop) {
    const { client, location, phases, hops, tries, authRequest } = shown;
    const last = lastTry();
    if (shown.isForeign) {
        // a browser's HAR file: who stood in between it does not say
        return [
            node(hop, 'browser', 'Browser', 'of the HAR file'),
            wire({ from: null, at: client.at, time: phases.totalMs, timeName: 'the whole request took', note: client.connection ? `connection ${client.connection}` : '' }),
            node(hop, 'app foreign', shown.host, shown.status ? `answered ${shown.status}` : 'no answer'),
        ];
    }
    const parts = [
        node(hop, 'browser', 'Browser', 'or curl, or any client'),
        wire({
            from: client.from,
            at: client.at,
            time: phases.totalMs,
            timeName: 'the whole request took',
            cut: shown.complete === false,
            note: `connection ${client.connection}, request ${client.request} on it${client.stream ? ` (stream ${client.stream})` : ''}: ${client.reused ? 'reused' : 'new'}`,
            lock: lock({ id: 'lock', protocol: shown.protocol, tls: client.tls, isOpen: hop === 'lock', exchange: shown.id }),
        }),
        node(hop, 'proxy', hops[0]?.name ?? shown.hopName ?? 'proxy', `${ms(phases.ownMs)} of its own`, location.line ? `${place(location)} ${location.text.replace(/\s*\{$/, '')}` : null),
    ];
    const auth = authRequest?.tries.at(-1);
    if (!last && auth) {
        // whoever it asked is all that was asked
        const broken = Boolean(fault(auth)?.broken);
        parts.push(
            wire({ from: auth.from, at: auth.to ?? auth.server, time: phases.authMs, timeName: 'whether it may was asked for', broken, silent: Boolean(fault(auth)), note: broken ? 'not connected' : 'auth_request' }),
            node(hop, 'auth', 'auth_request', fault(auth)?.box ?? `answered ${auth.status}`),
        );
    }
    if (last) {
        const broken = Boolean(fault(last)?.broken);
        const before = [...(authRequest?.tries ?? []).map((each) => `auth_request ${shortly(each, ms)}`), ...tries.slice(0, -1).map((each) => shortly(each, ms))];
        const { cut, app: isCutByApp } = cutOff(last);
        const behind = hops[1];
        const others = hops.filter((each) => !each.database);
        const isFurther = others.length > 2 || Boolean(behind?.to);
        const own = behind?.durMs === undefined ? null : database.ownTime(shown, behind);
        parts.push(
            wire({
                from: last.from,
                at: last.to ?? last.server,
                time: phases.connectMs + phases.sendMs + phases.waitMs + phases.readMs,
                timeName: 'the app and the way to it were waited for',
                broken,
                silent: Boolean(fault(last)),
                cut,
                before,
                note: broken ? (last.error?.code === 'bind_failed' ? 'not called' : 'not connected') : fault(last)?.withoutTls ? 'connected, but without TLS' : (last.reused ? 'kept connection: reused' : `new connection in ${ms(last.connectMs)}`)
                    + (shown.tries.length > 1 ? `, try ${shown.tries.length}` : ''),
                lock: lock({ id: 'app-lock', protocol: last.protocol, tls: last.tls, isOpen: hop === 'app-lock', exchange: shown.id }),
            }),
            node(hop, isFurther ? 'app further' : 'app', behind?.name ?? last.role ?? 'app', fault(last)?.box ?? (behind?.durMs === undefined ? `answered ${last.status}`
                : own !== null ? `${ms(own)} of its own` : `${ms(behind.durMs)} ${isFurther ? 'in it and behind it' : behind.name === 'app' ? 'in the app' : 'in it'}`) + (isCutByApp ? ', cut' : '')),
        );
        others.slice(2).forEach((each, i) => parts.push(
            wire({ from: each.from, at: each.at, time: each.durMs, timeName: 'took', note: `connection ${each.connection}, request ${each.request} on it` }),
            node(hop, `hop${i + 3}${i + 3 < others.length ? ' further' : ''}`, each.name, each.durMs === undefined ? '' : `${ms(each.durMs)} ${i + 3 < others.length ? 'in it and behind it' : 'in it'}`)));
        const end = others.at(-1);
        if (others.length > 1 && end.to) {
            parts.push(wire({ from: end.via, at: end.to, time: null, timeName: '', note: 'as it says', broken: !end.via }),
                h('li', { class: 'node hop3' }, h('span', { class: 'box' }, h('b', {}, 'server'), h('span', {}, 'of which nothing is known'))));
        }
    }
    if (database.isOnPath(shown)) {
        const its = database.hop(shown);
        parts.push(wire(its.wire), node(hop, 'database', ...its.node));
    }
    return parts;
}

/** What the way looks like when nothing has passed. */
function emptyPath() {
    const box = (name) => h('li', { class: `node ${name.toLowerCase()}` }, h('span', { class: 'box' }, h('b', {}, name), h('span', {}, ' ')));
    const line = () => h('li', { class: 'wire' }, h('span', { class: 'line-of' }, h('i', {})));
    return [box('Browser'), line(), box('proxy'), line(), box('app')];
}

/**
 * @param classes its id, and what else a style sheet is to know of it: "further" is a proxy behind this one
 */
function node(open, classes, name, text, line) {
    const [id] = classes.split(' ');
    const isOpen = open === id;
    return h('li', { class: `node ${classes}` },
        h('button', {
            type: 'button',
            class: 'box',
            'data-hop': id,
            'aria-expanded': String(isOpen),
            'aria-controls': 'hop-detail',
            click: () => go({ hop: isOpen ? null : id, x: shown.id }),
        }, h('b', {}, name), h('span', {}, text), line ? h('code', {}, line) : null));
}

function wire({ from, at, time, timeName, note, broken, silent, cut, isIdle = false, lock: spoken = null, before = [] }) {
    return h('li', { class: broken ? 'wire broken' : silent ? 'wire silent' : cut ? 'wire cut' : isIdle ? 'wire idle' : 'wire' },
        h('span', { class: 'unseen' }, broken ? 'cannot connect: ' : isIdle ? 'is not used: ' : 'connects: '),
        h('span', { class: 'line-of' },
            h('span', { class: 'on-line' }, spoken, time === null ? null : h('b', { title: `${timeName} ${ms(time)}` }, h('span', { class: 'unseen' }, `${timeName} `), ms(time))),
            h('i', { 'aria-hidden': 'true' })),
        h('span', { class: 'ends' },
            end('from', from ?? '–', 'from its ephemeral port'),
            end('at', at, broken ? 'to where no connection came about' : 'to the listening port')),
        h('em', { title: note }, cut ? `${note}, broken off` : note),
        before.length ? h('em', { class: 'before', title: before.join('; ') }, `before: ${before.join('; ')}`) : null);
}

function end(kind, address, text) {
    const colon = address.lastIndexOf(':');
    return h('span', { class: kind, title: `${text} ${address}` },
        h('span', { class: 'unseen' }, `${text} `),
        colon < 0 ? address : [h('span', { class: 'ip' }, address.slice(0, colon)), h('strong', {}, address.slice(colon))]);
}
