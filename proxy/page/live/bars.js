// A row's bar on the time axis: from its start to its end, its phases coloured. It knows its own times, so that to zoom is two numbers for each row.
import { h, ms } from '../lib/dom.js';
import { PHASES } from '../path/phases.js';

/** When an exchange began, in ms since 1970. */
export const startOf = (x) => x.startedAt ?? Date.parse(x.time) - x.phases.totalMs;

export const endOf = (x) => startOf(x) + x.phases.totalMs;

const colourOf = (stage) => PHASES.find(([name]) => name === `${stage}Ms`)?.[2] ?? 'proxy';

/** Where most of an exchange's time went, as the name of a colour. */
export function mainColour({ phases }) {
    return PHASES.reduce((most, each) => (phases[each[0]] > (phases[most[0]] ?? 0) ? each : most), PHASES.at(-1))[2];
}

function piece(who, from, to, title) {
    return h('i', { class: `p-${who}`, title, style: { '--a': from, '--b': to } });
}

export function bar(x) {
    const parts = PHASES.filter(([name]) => x.phases[name] > 0);
    let at = 0;
    const element = h('div', {
        class: 'timeline', role: 'img', 'aria-label': parts.map(([name, text]) => `${text} ${ms(x.phases[name])}`).join(', ') || 'no time',
    },
    // however short it is, it is to be seen
    h('i', { class: `whole p-${mainColour(x)}`, style: { '--a': 0, '--b': x.phases.totalMs } }),
    parts.map(([name, text, who]) => piece(who, at, at += x.phases[name], `${text}: ${ms(x.phases[name])}`)));
    element.start = startOf(x);
    return element;
}

/** The bar of a request under way: it goes on until now. */
export function openBar({ startedAt }) {
    const whole = h('i', { class: 'whole', style: { '--a': 0, '--b': 0 } });
    const element = h('div', { class: 'timeline open', 'aria-hidden': 'true' }, whole);
    element.start = startedAt;
    return {
        element,
        tell({ sinceMs, stage }) {
            whole.className = `whole p-${colourOf(stage)}`;
            whole.style.setProperty('--b', sinceMs);
        },
    };
}

/** Puts bars where they stand on an axis. */
export function place(table, { from, to, grid, gridAt }, aligned) {
    for (const { start, style } of table.querySelectorAll('.timeline')) {
        // on the bars alone: on the table they would be news to each of its cells
        style.setProperty('--s', (aligned ? 0 : start) - from);
        style.setProperty('--span', to - from);
        style.backgroundSize = `${grid}px 100%`;
        style.backgroundPositionX = `${gridAt}px`;
    }
}
