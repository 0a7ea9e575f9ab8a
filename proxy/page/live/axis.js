// The time axis of Live, above the bars of all rows: which stretch of time they show, its ticks, and how somebody moves or zooms it.
import { h, ms } from '../lib/dom.js';
import { clock, decimals, nice, SHORTEST, widthOf } from './ticks.js';

/** How far a step leads: of what is shown, a zoom's factor, a move's part. */
const ZOOM = 2;
const MOVE = 0.25;

/** A drag that is shorter, in px, is a click. */
const CLICK = 4;

/**
 * @param moved is called whenever another stretch is shown
 */
export function timeAxis(moved) {
    /** All that there is, and what somebody has zoomed to; null follows all. Times are in ms since 1970, or since each row's own start. */
    let all = { from: 0, to: 1 };
    let view = null;
    let aligned = false;
    let width = 0;
    let scale = 1;
    let placed = { ...all, grid: 0, gridAt: 0 };

    const marks = h('div', { class: 'marks', 'aria-hidden': 'true' });
    const chosen = h('div', { class: 'chosen', hidden: true });
    const element = h('div', {
        class: 'axis', tabindex: '0', role: 'group', title: 'Drag to zoom, Ctrl and wheel too; a double click shows all',
        'aria-label': 'Time axis: plus and minus zoom, arrows move, 0 shows all', keydown: keys, dblclick: () => show(null),
    }, marks, chosen);
    drag(element, {
        during: (a, b) => {
            chosen.hidden = false;
            chosen.style.left = `${100 * Math.min(a, b)}%`;
            chosen.style.width = `${100 * Math.abs(a - b)}%`;
        },
        done: (a, b) => {
            chosen.hidden = true;
            a !== b && show({ from: at(Math.min(a, b)), to: at(Math.max(a, b)) });
        },
    });
    new ResizeObserver(([{ contentRect }]) => {
        width = contentRect.width;
        scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
        draw();
    }).observe(element);

    const shown = () => view ?? all;
    const at = (part) => shown().from + part * (shown().to - shown().from);

    function show(next) {
        if (next) {
            const span = Math.max(SHORTEST, next.to - next.from);
            const middle = (next.from + next.to) / 2;
            view = { from: middle - span / 2, to: middle + span / 2 };
        } else {
            view = null;
        }
        draw();
    }

    function zoom(factor, part = 0.5) {
        const { from, to } = shown();
        const span = (to - from) / factor;
        // never more than there is
        const next = { from: at(part) - part * span, to: at(part) + (1 - part) * span };
        show(next.from <= all.from && next.to >= all.to ? null : next);
    }

    function move(part) {
        const { from, to } = shown();
        show({ from: from + part * (to - from), to: to + part * (to - from) });
    }

    function keys(event) {
        const does = {
            '+': () => zoom(ZOOM), '=': () => zoom(ZOOM), '-': () => zoom(1 / ZOOM), ArrowLeft: () => move(-MOVE), ArrowRight: () => move(MOVE), 0: () => show(null), Home: () => show(null),
        }[event.key];
        if (does && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            event.stopPropagation();
            does();
        }
    }

    /** Ctrl and wheel zoom at the pointer, Shift and wheel move; without them the list scrolls. */
    function wheel(event) {
        const { left, right } = element.getBoundingClientRect();
        if (!(event.ctrlKey || event.metaKey || event.shiftKey) || event.clientX < left || event.clientX > right) {
            return;
        }
        event.preventDefault();
        const by = event.deltaY || event.deltaX;
        if (event.shiftKey) {
            move(Math.sign(by) * MOVE / 2);
        } else {
            zoom(1.25 ** -Math.sign(by), (event.clientX - left) / (right - left));
        }
    }

    function draw() {
        const { from, to } = shown();
        const span = to - from;
        const step = nice(span, width, scale);
        const first = aligned ? Math.ceil(from / step) * step : clock.firstTick(from, step);
        const ticks = [];
        for (let t = first; t <= to && width > 0; t += step) {
            ticks.push(t);
        }
        const digits = decimals(step / 1000);
        marks.replaceChildren(...ticks.map((t) => {
            const text = aligned ? `${t.toFixed(Math.max(0, digits - 3))} ms` : clock.text(t, digits);
            const left = (t - from) / span;
            return h('span', { style: { left: `${100 * left}%` } }, left * width + widthOf(text, scale) > width ? '' : text);
        }));
        placed = { from, to, grid: width * step / span, gridAt: width * (first - from) / span };
        moved(placed);
    }

    return {
        element,
        wheel,
        zoomIn: () => zoom(ZOOM),
        zoomOut: () => zoom(1 / ZOOM),
        left: () => move(-MOVE),
        right: () => move(MOVE),
        fit: () => show(null),
        show,
        /** What the rows there are span. */
        span(from, to) {
            const room = Math.max(SHORTEST, to - from);
            all = { from: from - 0.01 * room, to: from + 1.01 * room };
            draw();
        },
        /** Whether all bars begin at the same place, each at its own time 0. */
        align(on) {
            aligned = on;
            view = null;
        },
        isAligned: () => aligned,
        all: () => all,
        shown,
        /** Where rows are to be put, and how far the marks are from each other, in px. */
        placed: () => placed,
        isZoomed: () => view !== null,
        /** What is shown, in words. */
        words() {
            const { from, to } = shown();
            const span = to - from;
            const digits = decimals(span / 1e5);
            const long = span < 1000 ? ms(span) : span < 120_000 ? `${(span / 1000).toFixed(1)} s` : `${Math.round(span / 60_000)} min`;
            return aligned ? `${long} from each one’s start` : `${clock.text(from, digits)} to ${clock.text(to, digits)}: ${long}`;
        },
    };
}

/** Follows a drag over an element, in parts of its width from 0 to 1; `done` gets twice the same where it was a click. */
export function drag(element, { begins = () => true, during, done }) {
    element.addEventListener('pointerdown', (down) => {
        if (down.button !== 0 || !begins(down)) {
            return;
        }
        const { left, width } = element.getBoundingClientRect();
        const part = (event) => Math.max(0, Math.min(1, (event.clientX - left) / width));
        const from = part(down);
        let has = false;
        const moves = (event) => {
            has ||= Math.abs(event.clientX - down.clientX) > CLICK;
            has && during(from, part(event));
        };
        const ends = (event) => {
            element.removeEventListener('pointermove', moves);
            element.removeEventListener('pointerup', ends);
            element.removeEventListener('pointercancel', ends);
            done(from, has && event.type === 'pointerup' ? part(event) : from);
        };
        element.setPointerCapture(down.pointerId);
        element.addEventListener('pointermove', moves);
        element.addEventListener('pointerup', ends);
        element.addEventListener('pointercancel', ends);
    });
}
