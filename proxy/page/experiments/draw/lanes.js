// Lanes on one scale: when things came (dots), and how long something took or how many there were (bars).
import { h } from '../../lib/dom.js';
import { figure, hops, time } from './figure.js';

const TICKS = 5;

/** Whom a bar's colour stands for; the class is that of the phases on the path. */
const WHO = {
    client: 'the client', proxy: 'the proxy', app: 'the app', connect: 'connecting', failed: 'failed', database: 'the database', app2: 'another app',
};

const CLASS = { app2: 'app-body' };

/** A step of 1, 2 or 5 times a power of ten, so that a scale has few marks and round ones. */
function step(max) {
    const rough = max / TICKS;
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * [1, 2, 5, 10].find((each) => each * power >= rough);
}

const percent = (value, max) => `${100 * Math.min(1, Math.max(0, value / max))}%`;

/**
 * Draws lanes.
 *
 * @param caption what the figure shows
 * @param lanes a list of { label, dots: [n…], bars: [{ from, to, who, text }], value, note, id }: `value` is said at the lane's end;
 *     `from` is 0 unless said; `text` says what the bar is; `who` is client, proxy, app, connect, failed or database
 * @param format turns a number of the scale into words; times unless said
 * @param max the end of the scale; the largest number there is unless said
 */
export function lanes(caption, list, { format = time, max = 0, unit = '' } = {}) {
    const ends = list.flatMap((lane) => [...(lane.dots ?? []), ...(lane.bars ?? []).map((bar) => bar.to)]);
    const end = Math.max(max, ...ends) || 1;
    const by = step(end);
    const marks = Array.from({ length: Math.floor(end / by + 1e-9) + 1 }, (_, i) => i * by);
    const scale = end * 1.02;
    const colours = [...new Set(list.flatMap((lane) => (lane.bars ?? []).map((bar) => bar.who)).filter(Boolean))];
    return figure('lanes', caption,
        h('ol', {}, list.map((lane) => h('li', {},
            h('span', { class: 'lane-label' }, lane.label),
            track(lane, marks, scale, format),
            h('span', { class: 'lane-value' }, h('b', {}, lane.value ?? ''), lane.note ? h('small', {}, lane.note) : null, hops(lane.id, lane.label)))),
        h('li', { class: 'axis', 'aria-hidden': 'true' }, h('span', {}), h('span', { class: 'ticks' }, marks.map((mark, i) => h('span', {
            style: { left: percent(mark, scale) },
        }, i === 0 ? '0' : format(mark) + (i === marks.length - 1 ? unit : '')))), h('span', {}))),
        colours.length > 1 ? h('p', { class: 'legend' }, colours.map((who) => h('span', {}, h('i', { class: `p-${CLASS[who] ?? who}` }), WHO[who] ?? who))) : null);
}

function track({ label, dots = [], bars = [] }, marks, scale, format) {
    const said = [
        dots.length ? `${dots.length} at ${dots.map(format).join(', ')}` : '',
        ...bars.map((bar) => `${bar.text ?? WHO[bar.who] ?? ''} ${bar.from ? `from ${format(bar.from)} ` : ''}to ${format(bar.to)}`),
    ].filter(Boolean).join('; ');
    return h('span', { class: 'track', role: 'img', 'aria-label': `${label}: ${said || 'nothing'}` },
        marks.map((mark) => h('i', { class: 'tick', style: { left: percent(mark, scale) } })),
        bars.map(({ from = 0, to, who, text }) => h('i', {
            class: `bar p-${CLASS[who] ?? who ?? 'proxy'}`,
            title: `${text ?? WHO[who] ?? ''} ${format(to - from)}`,
            style: { left: percent(from, scale), width: percent(to - from, scale) },
        })),
        dots.map((at) => h('i', { class: 'dot', title: format(at), style: { left: percent(at, scale) } })));
}

/** Bars from zero, one for each thing: { label, value (a number), who, note, id }. */
export function bars(caption, list, { format = time, ...options } = {}) {
    return lanes(caption, list.map(({ value, who = 'proxy', text, ...rest }) => ({
        ...rest, value: format(value), bars: [{ to: value, who, text: text ?? '' }],
    })), { format, ...options });
}

/** For counts: a whole number. */
export const counted = (n) => (Number.isInteger(n) ? n.toLocaleString('en') : '');
