// The columns of Live's table. One is added here, with its cell for an exchange and that for a request under way.
import { bytes, counted, h, ms } from '../lib/dom.js';
import { bar, endOf, openBar, startOf } from './bars.js';
import { seconds, waitsFor } from './waiting.js';

const clock = (time) => new Date(time).toLocaleTimeString('en-GB');

function target(x, choose) {
    return h('button', { type: 'button', class: 'plain', title: `${x.method} ${x.target}`, click: choose }, h('b', {}, x.method), ` ${x.target}`);
}

function status(x) {
    return [
        h('b', { class: `status s${String(x.status)[0]}`, title: x.answeredBy.text }, String(x.status)),
        x.outcome === 'ok' ? null : h('span', { class: 'outcome' }, ` ${x.outcome.replaceAll('_', ' ')}`),
    ];
}

/** Whom a request under way waits for, beside its bar. */
function waiting(x) {
    const text = h('span', {});
    const open = openBar(x);
    return {
        content: [text, open.element],
        tell(now) {
            text.textContent = `${waitsFor(now)}${now.messageCount ? `; ${counted(now.messageCount, 'message')}` : ''}`;
            text.title = text.textContent;
            open.tell(now);
        },
        end() {
            text.textContent = 'has ended';
        },
    };
}

/**
 * Each column: its `name`, its heading, `of` an exchange what orders it, and the `cell` of an exchange, with the class that this has
 * if not the name. For a request under way: `begun`, what is said once, or `now`, the text of the moment, or `open`, which makes
 * { content, tell(now), end() }.
 */
export const COLUMNS = [
    { name: 'number', title: '#', of: (x) => x.id, cell: (x) => String(x.number ?? x.id), begun: () => '…' },
    // seen where those of several are listed
    { name: 'proxy', title: 'Proxy', of: (x) => x.proxy ?? '', cell: (x) => x.proxy ?? '–' },
    { name: 'target', title: 'Request', css: 'request', of: (x) => x.target, cell: (x, pick) => target(x, () => pick(x.id)), begun: (x, open) => target(x, () => open(x)) },
    { name: 'status', title: 'Status', css: 'status-cell', of: (x) => x.status, cell: status, now: (x) => x.status ?? '…' },
    { name: 'type', title: 'Type', of: (x) => x.type ?? '', cell: (x) => (x.type ?? '').replace(/;.*/, '') },
    { name: 'size', title: 'Size', css: 'size number', of: (x) => x.bytes.sent, cell: (x) => bytes(x.bytes.sent), now: (x) => bytes(x.sent) },
    { name: 'from', title: 'From', of: (x) => x.client.from, cell: (x) => x.client.from ?? '–', begun: (x) => x.from },
    { name: 'time', title: 'Began', of: startOf, cell: (x) => clock(startOf(x)), begun: (x) => clock(x.startedAt) },
    { name: 'where', title: 'Where the time went', of: endOf, cell: bar, open: waiting },
    { name: 'total', title: 'Total', css: 'total number', of: (x) => x.phases.totalMs, cell: (x) => ms(x.phases.totalMs), now: (x) => seconds(x.sinceMs) },
];

/** The cell of an exchange. */
export const cell = ({ name, css = name, cell: content }, x, pick) => h('td', { class: css }, content(x, pick));

/** The cell of a request under way: { element, tell(now), end() }. */
export function pendingCell({ name, css = name, begun, now, open }, x, choose) {
    if (now) {
        const element = h('td', { class: css });
        return { element, tell: (each) => { element.textContent = now(each); } };
    }
    const { content, tell, end } = open?.(x) ?? { content: begun?.(x, choose) };
    return { element: h('td', { class: css }, content), tell, end };
}
