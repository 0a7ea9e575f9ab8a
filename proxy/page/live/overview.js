// All listed exchanges on one strip, and which part of their time the rows show: drag in it to choose another, or the part that is lit to move it.
import { h } from '../lib/dom.js';
import { drag } from './axis.js';
import { endOf, mainColour, startOf } from './bars.js';

const HEIGHT = 34;

/** From one line to the next, in px. */
const LINE = 3;

export function overview(axis) {
    const canvas = h('canvas', { height: HEIGHT });
    const lit = h('div', { class: 'lit' });
    const element = h('div', { class: 'overview', role: 'img', 'aria-label': 'All listed exchanges in the order of time' }, canvas, lit);
    let list = [];
    let moving = null;
    const colours = new Map();
    let scheme = null;
    let width = 0;

    const part = (time) => (time - axis.all().from) / (axis.all().to - axis.all().from);
    const time = (x) => axis.all().from + x * (axis.all().to - axis.all().from);

    drag(element, {
        begins(event) {
            const { from, to } = axis.shown();
            moving = axis.isZoomed() && event.target === lit ? { from, to } : null;
            return true;
        },
        during(a, b) {
            if (moving) {
                const by = time(b) - time(a);
                axis.show({ from: moving.from + by, to: moving.to + by });
            } else {
                axis.show({ from: time(Math.min(a, b)), to: time(Math.max(a, b)) });
            }
        },
        done() {
            moving = null;
        },
    });
    element.addEventListener('dblclick', () => axis.fit());
    new ResizeObserver(([{ contentRect }]) => {
        ({ width } = contentRect);
        draw();
    }).observe(element);
    addEventListener('themechange', () => draw());

    /** Colours are the style sheets' own. */
    function colour(who) {
        if (!colours.has(who)) {
            const sample = h('i', { class: `p-${who}`, hidden: true });
            element.append(sample);
            colours.set(who, getComputedStyle(sample).backgroundColor);
            sample.remove();
        }
        return colours.get(who);
    }

    function draw() {
        if (!width) {
            return;
        }
        // another theme changes them
        const now = `${document.documentElement.dataset.theme} ${matchMedia('(prefers-color-scheme: dark)').matches}`;
        if (now !== scheme) {
            scheme = now;
            colours.clear();
        }
        const dense = devicePixelRatio;
        canvas.width = width * dense;
        canvas.height = HEIGHT * dense;
        const pen = canvas.getContext('2d');
        pen.scale(dense, dense);
        const lines = Math.floor(HEIGHT / LINE) - 1;
        list.forEach((x, i) => {
            pen.fillStyle = colour(x.outcome === 'ok' && x.status < 500 ? mainColour(x) : 'failed');
            const left = width * part(startOf(x));
            pen.fillRect(left, LINE / 2 + LINE * (i % lines), Math.max(2, width * part(endOf(x)) - left), LINE - 1);
        });
        light();
    }

    function light() {
        const { from, to } = axis.shown();
        const clip = (x) => Math.max(0, Math.min(1, x));
        lit.hidden = !axis.isZoomed();
        lit.style.left = `${100 * clip(part(from))}%`;
        lit.style.right = `${100 * (1 - clip(part(to)))}%`;
    }

    return {
        element,
        /** Shows which part the rows show. */
        light,
        /** Shows a list, in any order. */
        show(exchanges) {
            list = exchanges;
            draw();
        },
    };
}
