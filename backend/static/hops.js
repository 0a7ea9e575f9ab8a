// The stage on top: browser ─ proxy ─ app with the sockets of one exchange, and the headers at each hop.
import { call, hear, tell } from './api.js';
import { $, h, ms, place } from './dom.js';

/** What a page needs for itself is not what somebody came to look at. */
export const isOwnFile = (exchange) => /^\/(static|lib)\/|^\/favicon/.test(exchange.target);

const still = matchMedia('(prefers-reduced-motion: reduce)');

let shown = null;
let hop = 'proxy';
let moving = false;

export function start() {
    hear('exchanges', ({ exchanges }) => {
        travel();
        const newest = exchanges.findLast((exchange) => !isOwnFile(exchange));
        if (newest && $('#follow').checked) {
            show(newest.id);
        }
    });
    $('#follow').closest('label').hidden = false;
    return show(document.body.dataset.requestId);
}

/** Shows an exchange; a person who picks one does not want it replaced by the next. */
export async function pick(id) {
    $('#follow').checked = false;
    await show(id);
    $('#stage').scrollIntoView({ block: 'nearest', behavior: still.matches ? 'auto' : 'smooth' });
}

let wanted;

async function show(id) {
    wanted = id;
    let exchange;
    try {
        // the page's own load may not have ended yet when its script runs
        exchange = await call('GET', `exchanges/${id}?wait=2000`);
    } catch (error) {
        $('#stage-said').textContent = error.message;
        return;
    }
    // while we asked, something newer may have come; and the live stream brings what is on the stage already
    if (wanted === id && exchange.id !== shown?.id) {
        shown = exchange;
        draw();
        tell('selected', exchange);
    }
}

function draw() {
    const { method, target, status, phases, outcome } = shown;
    $('#stage-title').replaceChildren(
        shown.requestId === document.body.dataset.requestId ? 'This very page load: ' : '',
        h('code', {}, `${method} ${target}`), ' ',
        h('b', { class: `status s${String(status)[0]}` }, String(status)),
        ` in ${ms(phases.totalMs)}`,
        outcome === 'ok' ? '' : h('em', { class: 'outcome' }, ` ${outcome.replaceAll('_', ' ')}`),
    );
    $('#stage-said').textContent = said();
    const focused = document.activeElement?.closest('#hops [data-hop]')?.dataset.hop;
    $('#hops').replaceChildren(...diagram());
    if (focused) {
        // who is on a hop with the keyboard stays on it
        $(`#hops [data-hop=${focused}]`)?.focus({ preventScroll: true });
    }
    detail();
}

const lastTry = () => shown.tries.at(-1);

/** A hop's name in a sentence; hop_name may be anything. */
const the = (name) => (/^(proxy|app)$/.test(name) ? `the ${name}` : name);

function names() {
    const [self, behind] = shown.hops.map((each) => each.name);
    return { self: self ?? 'proxy', app: behind ?? 'app' };
}

function said() {
    const last = lastTry();
    if (!last) {
        return 'The proxy answered by itself; no app was asked. One connection, from an ephemeral port of the browser\'s'
            + ' to the listening port of the proxy.';
    }
    if (!last.from) {
        return `You asked the proxy, and it could not connect to ${last.server}. So it answered in the app's place.`;
    }
    return 'You asked the proxy: it accepted your connection on its listening port, then asked the app from a port of'
        + ' its own, an ephemeral one that the system chose. The app has only ever met the proxy; who you are, it knows'
        + ' from headers alone.';
}

function diagram() {
    const { client, location, phases } = shown;
    const last = lastTry();
    const { self, app } = names();
    const behind = shown.hops[1];
    const own = phases.totalMs - (last ? phases.connectMs + phases.waitMs : 0);
    const parts = [
        node('browser', 'Browser', 'or curl, or any client'),
        wire({
            from: client.from,
            at: client.at,
            time: ms(phases.totalMs),
            timeName: 'the whole request took',
            note: `connection ${client.connection}, request ${client.request} on it: ${client.reused ? 'reused' : 'new'}`,
        }),
        node('proxy', self, `${ms(own)} of its own`, location.line ? `${location.text.replace(/\s*\{$/, '')} · ${place(location)}` : null),
    ];
    if (last) {
        parts.push(
            wire({
                from: last.from ?? '–',
                at: last.to ?? last.server,
                time: last.headerMs === null ? 'no answer' : ms(phases.waitMs),
                timeName: 'waiting for the app took',
                broken: !last.from,
                note: last.from
                    ? (last.reused ? 'kept-alive connection: reused' : `new connection in ${ms(last.connectMs)}`)
                        + (shown.tries.length > 1 ? `, try ${shown.tries.length}` : '')
                    : 'not connected',
            }),
            node('app', app, behind?.durMs === undefined ? (last.status ? `answered ${last.status}` : 'did not answer')
                : `${ms(behind.durMs)} in the app`),
        );
    }
    return parts;
}

function node(id, name, text, line) {
    return h('li', { class: 'node' },
        h('button', {
            type: 'button',
            'data-hop': id,
            'aria-pressed': String(hop === id),
            'aria-controls': 'hop-detail',
            click: () => {
                hop = id;
                for (const button of document.querySelectorAll('.node button')) {
                    button.setAttribute('aria-pressed', String(button.dataset.hop === id));
                }
                detail();
            },
        }, h('b', {}, name), h('span', {}, text), line ? h('code', {}, line) : null));
}

function wire({ from, at, time, timeName, note, broken }) {
    return h('li', { class: broken ? 'wire broken' : 'wire' },
        end('from', from, 'ephemeral port'),
        h('i', { 'aria-label': broken ? 'cannot connect to' : 'connects to' },
            h('b', { title: timeName, 'aria-label': `${timeName} ${time}` }, time), h('u', { class: 'dot', 'aria-hidden': 'true' })),
        end('at', at, broken ? 'nobody accepts here' : 'listening port'),
        h('em', {}, note, h('span', { class: 'narrow' }, ` · ${time}`)));
}

function end(kind, address, text) {
    const colon = address.lastIndexOf(':');
    return h('span', { class: kind },
        colon < 0 ? address : [address.slice(0, colon), h('strong', {}, address.slice(colon))],
        h('small', {}, text));
}

// ---- headers at a hop

function detail() {
    const { headers, startLines, changes } = shown;
    const { self, app } = names();
    const asked = Boolean(lastTry());
    const views = {
        browser: () => [
            list('What the client sent', startLines.fromClient, headers.fromClient),
            list('What the client got', startLines.toClient, headers.toClient),
        ],
        proxy: () => [
            asked ? list(`What ${the(self)} did to the request`, startLines.toUpstream, headers.toUpstream, changes.request)
                : h('div', {}, h('h3', {}, `What ${the(self)} did to the request`), h('p', {}, 'It passed nothing on: it answered by itself.')),
            list(`What ${the(self)} did to the response`, startLines.toClient, headers.toClient, changes.response),
        ],
        app: () => [
            list(`What ${the(app)} got`, startLines.toUpstream, headers.toUpstream),
            headers.fromUpstream.length
                ? list(`What ${the(app)} answered`, startLines.fromUpstream, headers.fromUpstream)
                : h('div', {}, h('h3', {}, `What ${the(app)} answered`), h('p', {}, 'Nothing that is HTTP.')),
        ],
    };
    $('#hop-detail').replaceChildren(...views[asked || hop !== 'app' ? hop : 'proxy']());
}

/** Header fields; with `changes`, first the added, changed and removed ones, each with the line that did it. */
export function list(title, startLine, fields, changes) {
    const byName = new Map((changes ?? []).map((change) => [change.header.toLowerCase(), change]));
    const same = [];
    const different = [];
    for (const [name, value] of fields) {
        const change = byName.get(name.toLowerCase());
        (change && !change.was.includes(value) ? different : same).push([name, value, change]);
    }
    for (const change of byName.values()) {
        if (change.kind === 'removed') {
            change.was.forEach((value) => different.push([change.header, value, change]));
        }
    }
    const rows = (list, marked) => h('ul', { class: 'headers' }, list.map(([name, value, change]) => row(name, value, marked && change)));
    return h('div', {}, h('h3', {}, title), startLine ? h('p', { class: 'start-line' }, startLine) : null,
        changes ? [
            different.length ? rows(different, true) : h('p', {}, 'Nothing.'),
            h('details', {}, h('summary', {}, `${same.length} passed on as ${same.length === 1 ? 'it' : 'they'} came`), rows(same)),
        ] : rows(same));
}

const MARKS = { added: ['+', 'added'], changed: ['~', 'changed'], removed: ['−', 'removed'] };

function row(name, value, change) {
    if (!change) {
        return h('li', {}, h('span', { class: 'mark' }), h('span', {}, h('b', {}, name), ': ', value));
    }
    // another line of a field that keeps those it had is added to it
    const kind = change.kind === 'changed' && change.was.every((value) => change.is.includes(value)) ? 'added' : change.kind;
    const [sign, text] = MARKS[kind];
    return h('li', { class: kind, 'data-header': name.toLowerCase() },
        h('span', { class: 'mark', role: 'img', 'aria-label': text, title: text }, sign),
        h('span', {},
            kind === 'removed' ? h('del', {}, h('b', {}, name), ': ', value) : [h('b', {}, name), ': ', value],
            kind === 'changed' && change.was.length === 1 ? h('small', {}, `was: ${change.was[0]}`) : null,
            change.by
                ? h('button', { type: 'button', class: 'line', click: () => tell('line', change) },
                    change.line ? h('span', {}, place(change)) : null, ` ${change.by}`)
                : h('small', {}, change.why)));
}

// ---- the dot

/** A dot runs along the wires and back, once, however many requests there were meanwhile. */
function travel() {
    const wires = [...document.querySelectorAll('#hops .wire:not(.broken) i:has(.dot)')];
    if (moving || still.matches || !wires.length || document.hidden) {
        return;
    }
    moving = true;
    const there = wires.map((wire) => [wire, false]);
    const way = [...there, ...there.toReversed().map(([wire]) => [wire, true])];
    const step = 260;
    const runs = way.map(([wire, back], i) => {
        const vertical = getComputedStyle(wire).flexDirection === 'column';
        const property = vertical ? 'top' : 'left';
        return $('.dot', wire).animate(
            [{ [property]: back ? '100%' : '0%', opacity: 1 }, { [property]: back ? '0%' : '100%', opacity: 1 }],
            { duration: step, delay: i * step, easing: 'ease-in-out' },
        ).finished;
    });
    // a redrawn diagram cancels its animations
    Promise.allSettled(runs).then(() => { moving = false; });
}
