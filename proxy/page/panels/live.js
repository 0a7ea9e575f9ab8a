// Live: the stream of exchanges, its table, filter, chart and replay.
import { BASE, bus, call, hear } from '../lib/api.js';
import { trafficChart } from '../lib/chart.js';
import { $, count, h, ms, problem } from '../lib/dom.js';
import { isOwnFile } from '../lib/store.js';
import { pick } from '../path/path.js';

/** Rows beyond this one leave the page; the console keeps as many as hop_exchanges says. */
const MOST_ROWS = 150;

const PHASES = [
    ['receiveMs', 'read the request'],
    ['retryMs', 'failed tries'],
    ['connectMs', 'connect'],
    ['waitMs', 'wait for the app'],
    ['sendMs', 'send the response'],
];

let known = [];
let skipped = 0;
let selected = null;
let table;
let filter;
let hideOwn;

export function panel() {
    filter = h('input', { type: 'search', placeholder: 'path, status, method or address', input: redraw });
    hideOwn = h('input', { type: 'checkbox', checked: true, change: redraw });
    table = h('tbody', {});
    const message = h('div', { role: 'status' });
    hear('exchanges', (news) => {
        // the list that was asked for at the start may hold the first of them already
        const fresh = unknown(news.exchanges);
        skipped += news.skipped;
        known = known.concat(fresh).slice(-1000);
        add(fresh);
    });
    hear('selected', ({ id }) => {
        selected = id;
        for (const line of table.rows) {
            line.setAttribute('aria-selected', String(line.dataset.id === String(id)));
        }
    });
    call('GET', 'exchanges?limit=200').then(({ exchanges }) => {
        known = unknown(exchanges.toReversed()).concat(known);
        redraw();
    }, (error) => message.append(problem(error)));
    return [
        h('p', { class: 'about' }, 'Every request that passes the proxy, as it ends: from this page, or from a terminal. Try ',
            h('code', {}, `for i in $(seq 200); do curl -s -o /dev/null ${location.host}/whoami; done`), '.'),
        trafficChart(),
        h('div', { class: 'tools' },
            h('label', {}, 'Filter ', filter),
            h('label', { class: 'check' }, hideOwn, ' hide this page’s own files'),
            h('a', { href: new URL('exchanges.har?limit=1000', BASE), download: 'hopyard.har' }, 'save all as HAR'),
            h('span', { id: 'live-count', role: 'status' })),
        message,
        h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Exchanges, newest first' },
            h('table', { class: 'live' },
                h('thead', {}, h('tr', {}, ['#', 'Request', 'Status', 'From', 'Where the time went', 'Total', 'Again']
                    .map((text) => h('th', { scope: 'col' }, text)))),
                table)),
        h('p', { class: 'legend' }, PHASES.map(([name, text]) => h('span', {}, h('i', { class: name }), text))),
    ];
}

function unknown(exchanges) {
    const have = new Set(known.map((exchange) => exchange.id));
    return exchanges.filter((exchange) => !have.has(exchange.id));
}

function matches(exchange) {
    if (hideOwn.checked && isOwnFile(exchange)) {
        return false;
    }
    const text = `${exchange.method} ${exchange.target} ${exchange.status} ${exchange.client.from} ${exchange.host} ${exchange.outcome}`;
    return filter.value.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));
}

function add(exchanges) {
    const rows = exchanges.filter(matches).slice(-MOST_ROWS).map(row).reverse();
    table.prepend(...rows);
    while (table.rows.length > MOST_ROWS) {
        table.lastChild.remove();
    }
    tellCount();
}

function redraw() {
    table.replaceChildren(...known.filter(matches).slice(-MOST_ROWS).map(row).reverse());
    tellCount();
}

function tellCount() {
    const number = known.filter(matches).length;
    $('#live-count').textContent = `${count(number)} kept here`
        + (number > MOST_ROWS ? `, the newest ${MOST_ROWS} shown` : '')
        + (skipped ? `; ${count(skipped)} more came too fast to list` : '');
}

function row(exchange) {
    const again = (text, label, click) => h('button', { type: 'button', class: 'small', 'aria-label': label, click }, text);
    return h('tr', { 'data-id': exchange.id, 'aria-selected': String(exchange.id === selected) },
        h('td', { class: 'number' }, String(exchange.id)),
        h('td', { class: 'request' }, h('button', { type: 'button', class: 'plain', click: () => pick(exchange.id) },
            h('b', {}, exchange.method), ' ', exchange.target)),
        h('td', {}, h('b', { class: `status s${String(exchange.status)[0]}`, title: exchange.outcome }, String(exchange.status))),
        h('td', { class: 'from' }, exchange.client.from),
        h('td', { class: 'where' }, waterfall(exchange.phases)),
        h('td', { class: 'number' }, ms(exchange.phases.totalMs)),
        h('td', { class: 'again' },
            again('replay', `Replay ${exchange.method} ${exchange.target}`, (event) => replay(exchange.id, event.target)),
            again('edit', `Edit ${exchange.method} ${exchange.target} and send it`, () => edit(exchange.id))));
}

function waterfall(phases) {
    const total = Math.max(phases.totalMs, 0.001);
    const text = PHASES.filter(([name]) => phases[name] > 0).map(([name, label]) => `${label} ${ms(phases[name])}`).join(', ');
    return h('div', { class: 'waterfall', role: 'img', 'aria-label': text, title: text },
        PHASES.map(([name]) => h('i', { class: name, style: { width: `${(100 * phases[name]) / total}%` } })));
}

/** Written by each hop or each client anew, so not part of what is sent again. */
const NOT_AGAIN = /^(host|connection|keep-alive|content-length|transfer-encoding|upgrade|te|expect|accept-encoding)$/i;

/** The mark in the place of a secret; docs/console.md says of which. */
const REDACTED = /\[redacted:\d+\]/;

async function asRequest(id) {
    const exchange = await call('GET', `exchanges/${id}`);
    const headers = exchange.headers.fromClient.filter(([name, value]) => !NOT_AGAIN.test(name) && !REDACTED.test(value));
    const lost = exchange.headers.fromClient.filter(([, value]) => REDACTED.test(value)).map(([name]) => name);
    const notes = [
        REDACTED.test(exchange.target) ? 'a part of its target was redacted, so the mark in its place is sent' : '',
        lost.length ? `${lost.join(', ')} was redacted, so it is left out` : '',
        exchange.bytes.received ? `its content (${count(exchange.bytes.received)} bytes) was not kept` : '',
    ].filter(Boolean);
    return { method: exchange.method, path: exchange.target, headers, body: '', via: 'proxied', notes };
}

async function replay(id, button) {
    try {
        const request = await asRequest(id);
        const { results } = await call('POST', 'send', request);
        button.textContent = results[0].error ? 'failed' : `${results[0].status}`;
        button.title = [results[0].error, ...request.notes].filter(Boolean).join('; ');
    } catch (error) {
        button.textContent = 'failed';
        button.title = error.message;
    }
    setTimeout(() => { button.textContent = 'replay'; }, 2500);
}

async function edit(id) {
    bus.dispatchEvent(new CustomEvent('edit', { detail: await asRequest(id) }));
}
