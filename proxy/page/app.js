// The instrument: a bar with the tabs, the path of the selected exchange, and the panel of the chosen tab, loaded when it is first opened.
import { BASE, hear, tell } from './lib/api.js';
import { $, count, counted, h, problem } from './lib/dom.js';
import { go, link, route } from './lib/router.js';
import * as store from './lib/store.js';
import { connect } from './lib/stream.js';
import { TABS } from './lib/tabs.js';
import * as theme from './lib/theme.js';
import * as path from './path/path.js';
import * as trial from './config/trial.js';
import * as tour from './tour/tour.js';

const FIRST = 'live';

/** Opened panels by name: { section, opened, closed }. */
const panels = {};

function bar() {
    const names = Object.keys(TABS);
    const keys = (event) => {
        const at = names.indexOf(event.target.dataset.tab);
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
        if (to !== undefined && at >= 0) {
            event.preventDefault();
            go({ tab: names.at(to % names.length) });
            $(`#tab-${names.at(to % names.length)}`).focus();
        }
    };
    return h('header', { id: 'bar' },
        h('a', { class: 'skip', href: '#panels', click: skip }, 'Skip to the panel'),
        h('a', { class: 'brand', href: link({ tab: FIRST }), title: 'Every hop of a request' }, 'Hopyard'),
        h('div', { role: 'tablist', id: 'tabs', 'aria-label': 'What to do', keydown: keys },
            names.map((name) => h('a', { role: 'tab', id: `tab-${name}`, 'data-tab': name, href: `#${name}`, 'aria-controls': `panel-${name}` }, TABS[name]))),
        h('div', { id: 'side' },
            h('span', { id: 'status' }),
            h('a', { id: 'edited', href: link({ tab: 'config' }), hidden: true }, 'edited nginx.conf'),
            h('select', { id: 'theme', 'aria-label': 'Colours', change: (event) => theme.choose(event.target.value) },
                theme.themes.map(([name, text]) => h('option', { value: name, selected: name === theme.theme() }, text))),
            h('button', { type: 'button', id: 'help', class: 'small', 'aria-label': 'Tour and keyboard shortcuts', click: () => tell('help') }, '?')),
        h('span', { id: 'announce', class: 'unseen', role: 'status' }));
}

/** The address bar has a meaning of its own here. */
function skip(event) {
    event.preventDefault();
    $('#panels').focus();
}

function build() {
    document.body.replaceChildren(bar(), trial.section(), h('div', { id: 'top' }, path.section(), tour.section()), h('main', { id: 'panels', tabindex: '-1' }));
    measure();
    document.documentElement.classList.add('instrument');
    document.querySelectorAll('link[rel=stylesheet][media="not all"]').forEach((sheet) => { sheet.media = 'all'; });
}

/** What stays in sight above the panels has heights that depend on what it says; the style sheets go by them. */
function measure() {
    const { style } = document.documentElement;
    const sizes = new ResizeObserver(() => {
        const bar = $('#bar').offsetHeight;
        style.setProperty('--bar', `${bar}px`);
        style.setProperty('--top', `${bar + (getComputedStyle($('#top')).position === 'sticky' ? $('#top').offsetHeight : 0)}px`);
    });
    [$('#bar'), $('#top'), document.documentElement].forEach((element) => sizes.observe(element));
}

async function show() {
    const { tab } = route();
    const name = TABS[tab] ? tab : FIRST;
    document.title = `${TABS[name]} · Hopyard`;
    const had = document.activeElement?.closest('[role=tabpanel]');
    for (const each of Object.keys(TABS)) {
        const chosen = each === name;
        const element = $(`#tab-${each}`);
        element.setAttribute('aria-selected', String(chosen));
        element.tabIndex = chosen ? 0 : -1;
        element.href = link({ tab: each });
        if (panels[each] && panels[each].section.hidden === chosen) {
            panels[each].section.hidden = !chosen;
            if (!chosen) {
                panels[each].closed?.();
            }
        }
    }
    const opening = open(name);
    if (had?.hidden) {
        // the focus would go with the panel that it was in
        panels[name].section.focus({ preventScroll: true });
    }
    await opening;
    panels[name].opened?.(route());
}

async function open(name) {
    if (panels[name]) {
        return panels[name].ready;
    }
    const section = h('section', { role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}`, tabindex: '0' },
        h('h2', { class: 'unseen' }, TABS[name]));
    $('#panels').append(section);
    const entry = panels[name] = { section };
    entry.ready = import(`./panels/${name}.js`).then(({ panel }) => {
        const made = panel();
        section.append(...[made.content ?? made].flat());
        entry.opened = made.opened;
        entry.closed = made.closed;
    }).catch((error) => section.append(problem(error), /module|import/i.test(error.message)
        ? h('p', {}, 'This tab had not been loaded yet: the proxy is away, or has been started again with another page. ',
            h('button', { type: 'button', class: 'small', click: () => location.reload() }, 'load the page again'))
        : ''));
    return entry.ready;
}

/** What the live stream and the configuration are at, in the bar; a screen reader hears changes only. */
function status() {
    const element = $('#status');
    let state = null;
    hear('stream', (news) => {
        state = news.state;
        element.className = state === 'live' ? 'on' : 'off';
        element.textContent = { live: 'live', gone: 'the proxy does not answer', refused: 'refused (403)', busy: 'busy', none: 'no console' }[state];
        element.title = news.why;
        $('#announce').textContent = state === 'live' ? 'The live stream is there.' : news.why;
    });
    hear('stats', ({ second, connections }) => {
        if (state === 'live') {
            element.textContent = `${count(second?.requests ?? 0)}/s · ${count(connections)} conn.`;
            element.title = `live: ${counted(second?.requests ?? 0, 'request')} in the last second, ${counted(connections, 'client connection')}`;
        }
    });
    hear('config', ({ edited, lock }) => {
        $('#edited').hidden = !edited && !lock;
        $('#edited').textContent = lock ? `nginx.conf: ${lock.name}` : 'edited nginx.conf';
    });
}

/** Waits for the style sheets. In the app's own page they have no say until its content goes: else it would move first. */
async function styled() {
    const sheets = [...document.querySelectorAll('link[rel=stylesheet]')].filter(({ href }) => href.startsWith(BASE.href));
    await Promise.all(sheets.map((sheet) => sheet.sheet ?? new Promise((resolve) => {
        sheet.addEventListener('load', resolve, { once: true });
        sheet.addEventListener('error', resolve, { once: true });
    })));
}

const requestId = document.body.dataset.requestId ?? null;
theme.show();
await styled();
build();
status();
hear('route', show);
hear('ask', async ({ tab, name, detail }) => {
    go({ tab });
    await open(tab);
    tell(name, detail);
});
trial.start();
connect();
store.start().catch((error) => tell('trouble', error));
path.start(requestId);
tour.start();
await show();
