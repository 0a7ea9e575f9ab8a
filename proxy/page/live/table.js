// The table of Live: newest first, on one time scale. It holds still while somebody points at it, or paused; then it counts what is new.
import { count, h, ms } from '../lib/dom.js';
import { waterfall } from '../path/phases.js';
import { pendingRows } from './pending.js';

/** How many rows are drawn at once, and how many more each time somebody asks. */
const STEP = 150;

const COLUMNS = [
    ['number', '#', (x) => x.id],
    ['target', 'Request', (x) => x.target],
    ['status', 'Status', (x) => x.status],
    ['type', 'Type', (x) => x.type ?? ''],
    ['size', 'Size', (x) => x.bytes.sent],
    ['from', 'From', (x) => x.client.from],
    ['time', 'Ended', (x) => x.time],
    ['where', 'Where the time went', (x) => x.phases.totalMs],
    ['total', 'Total', (x) => x.phases.totalMs],
];

export function size(bytes) {
    return bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param events { pick(id), pinned(set) }
 */
export function exchangeTable({ pick }) {
    const pinned = new Set();
    let rows = STEP;
    let sort = null;
    let all = [];
    let held = [];
    let selected = null;
    let paused = false;
    let zoom = null;

    const pending = pendingRows(() => isPointedAt());
    const body = h('tbody', {});
    const marks = h('button', { type: 'button', class: 'small', hidden: true, click: release });
    const more = h('button', { type: 'button', class: 'small', hidden: true, click: () => { rows += STEP; redraw(); } });
    const heads = COLUMNS.map(([name, text]) => h('th', { scope: 'col', class: name },
        h('button', { type: 'button', class: 'plain', click: () => order(name) }, text)));
    const table = h('table', { class: 'live' }, h('thead', {}, h('tr', {}, h('td', { class: 'pin' }), heads)), pending.body, body);
    const element = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Exchanges, newest first' }, table);

    element.addEventListener('mouseleave', () => pending.redraw());
    const isPointedAt = () => element.matches(':hover') || paused;
    const isHeld = () => paused || sort || pending.body.matches(':hover') || body.matches(':hover') || body.contains(document.activeElement) || element.scrollTop > 40;

    function order(name) {
        const up = sort?.name === name && !sort.up;
        sort = sort?.name === name && sort.up ? null : { name, up };
        heads.forEach((head, i) => {
            const isIt = sort?.name === COLUMNS[i][0];
            head.setAttribute('aria-sort', isIt ? (sort.up ? 'ascending' : 'descending') : 'none');
        });
        redraw();
    }

    function release() {
        held = [];
        tellHeld();
        element.scrollTop = 0;
        redraw();
    }

    function tellHeld() {
        marks.hidden = held.length === 0;
        marks.textContent = `${count(held.length)} new: show`;
    }

    function sorted() {
        const waiting = new Set(held);
        const shown = all.filter((x) => !waiting.has(x));
        if (!sort) {
            shown.reverse();
        } else {
            const [, , of] = COLUMNS.find(([name]) => name === sort.name);
            shown.sort((a, b) => (of(a) > of(b) ? 1 : of(a) < of(b) ? -1 : 0) * (sort.up ? 1 : -1));
        }
        return [...shown.filter((x) => pinned.has(x.id)), ...shown.filter((x) => !pinned.has(x.id))];
    }

    /** One scale for all bars: the longest of them, or what somebody has zoomed to. */
    const scale = (shown) => zoom ?? Math.max(0.001, ...shown.map((x) => x.phases.totalMs));

    let drawnScale = 0;
    function redraw() {
        const shown = sorted();
        const drawn = shown.slice(0, rows);
        drawnScale = scale(drawn);
        const focused = body.contains(document.activeElement) && document.activeElement.closest('tr')?.dataset.id;
        body.replaceChildren(...drawn.map(row));
        if (focused) {
            body.querySelector(`tr[data-id="${focused}"] .request button`)?.focus({ preventScroll: true });
        }
        more.hidden = shown.length <= rows;
        more.textContent = `show ${Math.min(STEP, shown.length - rows)} more of ${count(shown.length)}`;
    }

    function row(x) {
        const isPinned = pinned.has(x.id);
        const name = `${x.method} ${x.target}`;
        return h('tr', { 'data-id': x.id, class: isPinned ? 'pinned' : null, 'aria-current': String(String(x.id) === String(selected)) },
            h('td', { class: 'pin' }, h('button', {
                type: 'button', class: 'plain', 'aria-pressed': String(isPinned), 'aria-label': `Pin ${name}`, title: 'Keep on top', click: () => pin(x.id),
            }, isPinned ? '★' : '☆')),
            h('td', { class: 'number' }, String(x.number ?? x.id)),
            h('td', { class: 'request' }, h('button', { type: 'button', class: 'plain', title: name, click: () => pick(x.id) }, h('b', {}, x.method), ` ${x.target}`)),
            h('td', { class: 'status-cell' }, h('b', { class: `status s${String(x.status)[0]}`, title: x.answeredBy.text }, String(x.status)),
                x.outcome === 'ok' ? null : h('span', { class: 'outcome' }, ` ${x.outcome.replaceAll('_', ' ')}`)),
            h('td', { class: 'type' }, (x.type ?? '').replace(/;.*/, '')),
            h('td', { class: 'size number' }, size(x.bytes.sent)),
            h('td', { class: 'from' }, x.client.from),
            h('td', { class: 'time' }, new Date(x.time).toLocaleTimeString('en-GB')),
            h('td', { class: 'where' }, waterfall(x, drawnScale)),
            h('td', { class: 'total number' }, ms(x.phases.totalMs)));
    }

    function pin(id) {
        (pinned.has(id) ? pinned.delete(id) : pinned.add(id));
        redraw();
    }

    return {
        element,
        marks,
        more,
        pinned,
        /** Shows what is under way. */
        pending: pending.show,
        /** Shows a list, oldest first, as it is. */
        show(list) {
            all = list;
            held = held.filter((x) => list.includes(x));
            tellHeld();
            redraw();
        },
        /** Takes what has come; it is shown when nobody is pointing at the table. */
        add(list, fresh) {
            all = list;
            if (!fresh.length) {
                return;
            }
            if (isHeld()) {
                held.push(...fresh);
                tellHeld();
                return;
            }
            held = [];
            tellHeld();
            const longest = scale(fresh);
            if (pinned.size || longest > drawnScale) {
                redraw();
                return;
            }
            body.prepend(...fresh.slice(-rows).reverse().map(row));
            while (body.rows.length > rows) {
                body.lastChild.remove();
            }
            more.hidden = all.length <= rows;
            more.textContent = `show ${Math.min(STEP, all.length - rows)} more of ${count(all.length)}`;
        },
        select(id) {
            selected = id;
            for (const line of body.rows) {
                line.setAttribute('aria-current', String(line.dataset.id === String(id)));
            }
        },
        pause(on) {
            paused = on;
            if (!on) {
                release();
            }
        },
        /** The bars' scale in ms; null for the longest that is shown. */
        zoom(value) {
            zoom = value;
            redraw();
            return drawnScale;
        },
        scale: () => drawnScale,
        /** Moves the selection by so many rows; gives the id. */
        step(by) {
            const at = [...body.rows].findIndex((line) => line.dataset.id === String(selected));
            const to = at < 0 ? 0 : Math.max(0, Math.min(body.rows.length - 1, at + by));
            const id = body.rows[to]?.dataset.id;
            // at once: the next press may come before the exchange is there
            this.select(id ?? selected);
            return id;
        },
    };
}
