// The page: puts the panels into their tabs and starts what is live.
import * as compare from './compare.js';
import { hear } from './api.js';
import { $, h } from './dom.js';
import * as config from './config.js';
import * as experiments from './experiments.js';
import * as hops from './hops.js';
import * as live from './live.js';
import * as load from './load.js';
import * as ports from './ports.js';
import * as send from './send.js';

const ALL = { live, send, compare, load, config, ports, experiments };
const NAMES = { live: 'Live', send: 'Send', compare: 'Compare', load: 'Load', config: 'Config', ports: 'Ports', experiments: 'Experiments' };

const proxied = document.body.dataset.way === 'proxied';
const tabs = {};
const opened = {};

/** Shows a panel; some want to know, to be up to date. */
function showTab(name, focus) {
    for (const [each, tab] of Object.entries(tabs)) {
        const chosen = each === name;
        tab.setAttribute('aria-selected', String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
        $(`#panel-${each}`).hidden = !chosen;
    }
    if (focus) {
        tabs[name].focus();
    }
    history.replaceState(null, '', `#${name}`);
    opened[name]?.();
}

/** Arrow keys move between tabs (ARIA Authoring Practices, tabs pattern). */
function keys(event) {
    const names = Object.keys(tabs);
    const at = names.indexOf(event.target.dataset.tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to !== undefined) {
        event.preventDefault();
        showTab(names.at(to % names.length), true);
    }
}

const shown = proxied ? Object.keys(ALL) : ['send'];
const bar = h('div', { role: 'tablist', 'aria-label': 'What to do', keydown: keys });
$('#panels').append(bar);
for (const name of shown) {
    tabs[name] = h('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'data-tab': name, 'aria-controls': `panel-${name}`, click: () => showTab(name) }, NAMES[name]);
    bar.append(tabs[name]);
}
for (const name of shown) {
    const section = h('section', { role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}`, hidden: true });
    $('#panels').append(section);
    const made = ALL[name].panel(showTab);
    section.append(...(Array.isArray(made) ? made : made.content).flat());
    opened[name] = made.opened;
}
const asked = location.hash.slice(1);
showTab(tabs[asked] ? asked : shown[0]);

if (proxied) {
    hear('config', ({ edited }) => { $('#edited').hidden = !edited; });
    live.connect();
    await hops.start();
}
