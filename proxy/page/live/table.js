// The table of Live: the last one that began first, on one time axis. It holds still while somebody points at it, or paused; then it counts what is new.
import { count, h } from '../lib/dom.js';
import { timeAxis } from './axis.js';
import { endOf, place, startOf } from './bars.js';
import { cell, COLUMNS } from './columns.js';
import { overview } from './overview.js';
import { pendingRows } from './pending.js';

/** How many rows are drawn at once, and how many more each time somebody asks or scrolls to the last one. */
const STEP = 50;

/** The last one that began first. What began in one moment stands as it was numbered. */
const later = (a, b) => startOf(b) - startOf(a) || b.id - a.id || 0;

/**
 * @param events { pick(id), open(what is under way), scaled() after the time axis has changed }
 */
export function exchangeTable({ pick, open, scaled }) {
    const pinned = new Set();
    let rows = STEP;
    let asked = STEP;
    let sort = null;
    let all = [];
    let held = [];
    let drawn = [];
    let selected = null;
    let paused = false;

    const pending = pendingRows(() => isPointedAt(), open);
    const body = h('tbody', {});
    const marks = h('button', { type: 'button', class: 'small', hidden: true, click: release });
    const more = h('button', { type: 'button', class: 'small', hidden: true, click: () => { showMore(); asked = rows; } });
    const axis = timeAxis((shown) => {
        place(table, shown, axis.isAligned());
        strip.light();
        scaled();
    });
    const strip = overview(axis);
    const heads = COLUMNS.map(({ name, title }) => h('th', { scope: 'col', class: name },
        h('button', { type: 'button', class: 'plain', click: () => order(name) }, title), name === 'where' ? axis.element : null));
    const table = h('table', { class: 'live' }, h('thead', {}, h('tr', {}, h('td', { class: 'pin' }), heads)), pending.body, body);
    const element = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Exchanges, newest first' }, table);

    element.addEventListener('mouseleave', () => pending.redraw());
    element.addEventListener('wheel', axis.wheel, { passive: false });
    element.addEventListener('scroll', () => {
        if (!more.hidden && element.scrollTop + 2 * element.clientHeight > element.scrollHeight) {
            showMore();
        }
    }, { passive: true });
    const isPointedAt = () => element.matches(':hover') || paused;
    const isHeld = () => paused || sort || pending.body.matches(':hover') || body.matches(':hover') || body.contains(document.activeElement) || element.scrollTop > 40;

    function order(name) {
        const up = sort?.name === name && !sort.up;
        sort = sort?.name === name && sort.up ? null : { name, up };
        heads.forEach((head, i) => {
            const isIt = sort?.name === COLUMNS[i].name;
            head.setAttribute('aria-sort', isIt ? (sort.up ? 'ascending' : 'descending') : 'none');
        });
        redraw();
    }

    function showMore() {
        rows += STEP;
        redraw();
    }

    function release() {
        held = [];
        rows = asked;
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
            shown.sort(later);
        } else {
            const { of } = COLUMNS.find(({ name }) => name === sort.name);
            shown.sort((a, b) => (of(a) > of(b) ? 1 : of(a) < of(b) ? -1 : 0) * (sort.up ? 1 : -1));
        }
        return [...shown.filter((x) => pinned.has(x.id)), ...shown.filter((x) => !pinned.has(x.id))];
    }

    /** One axis for all rows there are, and until now while something is under way. */
    function scale() {
        if (axis.element.matches(':hover, :active') || strip.element.matches(':hover, :active')) {
            // it would move under the pointer
            place(table, axis.placed(), axis.isAligned());
            return;
        }
        const now = pending.until();
        if (axis.isAligned()) {
            axis.span(0, Math.max(0, ...drawn.map((x) => x.phases.totalMs)));
        } else if (drawn.length || now) {
            axis.span(Math.min(...drawn.map(startOf), drawn.length ? Infinity : pending.since()), Math.max(...drawn.map(endOf), now ?? 0));
        }
        strip.show(drawn);
    }

    function tellMore(number) {
        more.hidden = number <= rows;
        more.textContent = `show ${Math.min(STEP, number - rows)} more of ${count(number)}`;
    }

    /** What was drawn before is put in anew with the rest: so it is where it is, and nothing of it moves there. */
    let lines = new Map();

    function redraw() {
        const shown = sorted();
        drawn = shown.slice(0, rows);
        const focused = body.contains(document.activeElement) && document.activeElement.closest('tr')?.dataset.id;
        lines = new Map(drawn.map((x) => [x, lines.get(x) ?? row(x)]));
        body.replaceChildren(...lines.values());
        if (focused) {
            body.querySelector(`tr[data-id="${focused}"] .request button`)?.focus({ preventScroll: true });
        }
        tellMore(shown.length);
        scale();
    }

    function row(x) {
        const isPinned = pinned.has(x.id);
        const name = `${x.method} ${x.target}`;
        return h('tr', { 'data-id': x.id, class: isPinned ? 'pinned' : null, 'aria-current': String(String(x.id) === String(selected)) },
            h('td', { class: 'pin' }, h('button', {
                type: 'button', class: 'plain', 'aria-pressed': String(isPinned), 'aria-label': `Pin ${name}`, title: 'Keep on top', click: () => pin(x.id),
            }, isPinned ? '★' : '☆')),
            COLUMNS.map((column) => cell(column, x, pick)));
    }

    function pin(id) {
        (pinned.has(id) ? pinned.delete(id) : pinned.add(id));
        lines.delete(drawn.find((x) => x.id === id));
        redraw();
    }

    return {
        element,
        marks,
        more,
        pinned,
        /** Whether somebody points at it, has paused it, or has put it in an order. */
        isHeld,
        axis,
        overview: strip.element,
        /** Shows what is under way. */
        pending(list) {
            pending.show(list);
            if (list.length && !isPointedAt()) {
                scale();
            }
        },
        /** Shows a list, oldest first, as it is. */
        show(list) {
            all = list;
            held = held.filter((x) => list.includes(x));
            tellHeld();
            redraw();
        },
        /** Whether there is a column that says whose each exchange is; all rows are drawn anew. */
        ofMany(is) {
            table.classList.toggle('many', is);
            lines = new Map();
            redraw();
        },
        /** Takes what has come; it is shown when nobody is pointing at the table. */
        add(list, fresh) {
            all = list;
            if (!fresh.length) {
                return;
            }
            if (isHeld()) {
                // what the page no longer knows cannot be shown either
                held = [...held, ...fresh].slice(-list.length);
                tellHeld();
                return;
            }
            held = [];
            rows = asked;
            tellHeld();
            redraw();
        },
        select(id) {
            selected = id;
            for (const line of body.querySelectorAll(`[aria-current=true], [data-id="${id}"]`)) {
                line.setAttribute('aria-current', String(line.dataset.id === String(id)));
            }
        },
        pause(on) {
            paused = on;
            if (!on) {
                release();
            }
        },
        /** Has all bars begin at one place, or each at its own time. */
        align(on) {
            axis.align(on);
            strip.element.hidden = on;
            scale();
        },
        /** Moves the selection by so many rows; gives the id. */
        step(by) {
            const at = [...body.rows].findIndex((line) => line.dataset.id === String(selected));
            if (at + by >= body.rows.length && !more.hidden) {
                showMore();
            }
            const to = at < 0 ? 0 : Math.max(0, Math.min(body.rows.length - 1, at + by));
            const id = body.rows[to]?.dataset.id;
            // at once: the next press may come before the exchange is there
            this.select(id ?? selected);
            return id;
        },
    };
}
