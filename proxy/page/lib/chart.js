// Charts over time and of distributions, drawn by uPlot in the page's own colours.
import { uPlot } from './uplot.js';
import { call, hear } from './api.js';
import { h } from './dom.js';

/** A colour of the style sheet as a canvas takes it. */
function colour(name) {
    const probe = h('i', { style: { color: `var(--${name})` }, hidden: true });
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
}

const dark = matchMedia('(prefers-color-scheme: dark)');

/**
 * A chart that is as wide as its place and follows the colour scheme. Where it cannot be seen it is not drawn.
 *
 * @param label what it shows, for those who do not see it
 * @param series a list of { label, colour, scale, ... } with a colour variable's name
 * @param options uPlot's scales and axes
 * @return an element with a `show(data)`
 */
export function chart(label, series, options, height = 170) {
    const box = h('div', { class: 'chart', role: 'img', 'aria-label': label });
    let plot;
    let isSeen = false;
    let data = [[], ...series.map(() => [])];
    const make = () => {
        plot?.destroy();
        const axis = (more) => ({
            stroke: colour('quiet'),
            grid: { stroke: colour('line'), width: 0.5 },
            ticks: { stroke: colour('line'), width: 0.5 },
            font: '11px system-ui, sans-serif',
            ...more,
        });
        plot = new uPlot({
            width: box.clientWidth || 600,
            height,
            legend: { live: false },
            cursor: { show: false },
            series: [{}, ...series.map((each) => ({
                width: 2,
                points: { show: (u) => u.data[0].length < 12 },
                ...each,
                stroke: colour(each.colour),
                fill: each.fill ? colour(each.colour).replace(/^rgb\((.*)\)$/, 'rgba($1, .2)') : undefined,
            }))],
            scales: options.scales,
            axes: options.axes.map(axis),
        }, data, box);
    };
    new ResizeObserver(() => {
        const width = box.clientWidth;
        isSeen = width > 0;
        if (!isSeen) {
            return;
        }
        if (!plot) {
            make();
            return;
        }
        if (plot.width !== width) {
            plot.setSize({ width, height });
        }
        plot.setData(data);
    }).observe(box);
    const redraw = () => plot && make();
    dark.addEventListener('change', redraw);
    addEventListener('themechange', redraw);
    box.show = (next) => {
        data = next;
        if (isSeen) {
            plot?.setData(data);
        }
    };
    return box;
}

const upFromZero = (floor) => ({ range: (u, min, max) => [0, Math.max(floor, (max ?? 0) * 1.15)] });

const SECONDS = 120;

/** Requests per second and latencies of everything that passes the proxy, for the last two minutes. */
export function trafficChart() {
    const clock = (u, values) => values.map((value) => new Date(value * 1000).toLocaleTimeString('en-GB'));
    const box = chart('Requests per second, median and 99th percentile of their time, over the last two minutes', [
        { label: 'requests/s', colour: 'proxy', scale: 'y', fill: true, paths: uPlot.paths.stepped({ align: -1 }) },
        { label: 'p50 ms', colour: 'connect', scale: 'ms' },
        { label: 'p99 ms, dashed', colour: 'app', scale: 'ms', dash: [5, 4] },
    ], {
        scales: { x: { time: true, range: (u, min, max) => [max - SECONDS, max] }, y: upFromZero(5), ms: upFromZero(1) },
        axes: [{ values: clock, space: 90 }, { scale: 'y', label: 'requests/s', labelSize: 18, size: 46 },
            { scale: 'ms', side: 1, label: 'ms', labelSize: 18, size: 46, grid: { show: false } }],
    });
    let seconds = [];
    const show = () => {
        seconds = seconds.slice(-SECONDS);
        const quiet = (second, value) => (second.requests ? value : null);
        box.show([
            seconds.map((second) => second.time / 1000),
            seconds.map((second) => second.requests),
            seconds.map((second) => quiet(second, second.p50Ms)),
            seconds.map((second) => quiet(second, second.p99Ms)),
        ]);
        box.dataset.highest = Math.max(0, ...seconds.map((second) => second.requests));
    };
    hear('stats', ({ second }) => {
        if (second) {
            seconds.push(second);
            show();
        }
    });
    call('GET', 'stats').then((stats) => {
        seconds = stats.seconds;
        show();
    }, () => { /* the panel that this chart is part of says what is wrong */ });
    return box;
}

/** Throughput and latency of a load run, a pair of lines for each way. */
export function loadCharts() {
    const elapsed = (u, values) => values.map((value) => `${value} s`);
    const make = (label, unit, dashes) => chart(label, [
        ...dashes.flatMap(([name, dash]) => [
            { label: `direct ${name}`, colour: 'connect', dash },
            { label: `proxied ${name}`, colour: 'proxy', dash },
        ]),
    ], {
        scales: { x: { time: false }, y: upFromZero(1) },
        axes: [{ values: elapsed }, { label: unit, labelSize: 18, size: 52 }],
    });
    const rate = make('Requests per second of the load run', 'requests/s', [['', []]]);
    const latency = make('Latency of the load run', 'ms', [['p50', []], ['p99, dashed', [5, 4]]]);
    const show = ({ series }) => {
        const x = series.map((point) => point.atMs / 1000);
        const of = (way, name) => series.map((point) => point[way]?.[name] ?? null);
        rate.show([x, of('direct', 'perSecond'), of('proxied', 'perSecond')]);
        latency.show([x, of('direct', 'p50Ms'), of('proxied', 'p50Ms'), of('direct', 'p99Ms'), of('proxied', 'p99Ms')]);
    };
    return { rate, latency, show };
}

const BINS = 40;

/** Two distributions of latencies over each other. */
export function distribution() {
    const box = chart('How many requests took how long, direct and through the proxy', [
        { label: 'direct', colour: 'connect', fill: true, paths: uPlot.paths.stepped({ align: 1 }) },
        { label: 'through the proxy', colour: 'proxy', fill: true, paths: uPlot.paths.stepped({ align: 1 }) },
    ], {
        scales: { x: { time: false }, y: upFromZero(1) },
        axes: [{ label: 'ms', labelSize: 18 }, { label: 'requests', labelSize: 18, size: 46 }],
    }, 200);
    const show = (direct, proxied) => {
        const sorted = [...direct, ...proxied].sort((a, b) => a - b);
        // the longest few would squeeze all others into one bin
        const longest = sorted[Math.floor(sorted.length * 0.99)] ?? 1;
        const width = longest / BINS || 1;
        const bins = (values) => {
            const counts = new Array(BINS + 1).fill(0);
            values.forEach((value) => { counts[Math.min(BINS, Math.floor(value / width))] += 1; });
            return counts;
        };
        box.show([Array.from({ length: BINS + 1 }, (_, i) => i * width), bins(direct), bins(proxied)]);
    };
    return { box, show };
}
