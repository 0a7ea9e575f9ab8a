// The keyboard shortcuts, for the sheet that "?" opens and for what they do. Who speaks to the machine, or hits keys unawares, turns them off
// (WCAG 2.2, 2.1.4); the button "?" opens the sheet then.
import { tell } from '../lib/api.js';
import { go, route } from '../lib/router.js';
import { TABS } from '../lib/tabs.js';

const inLive = (key) => () => {
    if (route().tab !== 'live') {
        go({ tab: 'live' });
    }
    // the panel may be loaded only now
    setTimeout(() => tell('key', { key }), 0);
};

const hop = (name) => () => go({ hop: route().hop === name ? null : name });

/** Key, what it does in words, what it does. */
export const KEYS = [
    ['?', 'this sheet', () => tell('help')],
    ['/', 'filter in Live', inLive('/')],
    ['j', 'next exchange (older)', inLive('j')],
    ['k', 'previous exchange (newer)', inLive('k')],
    ['p', 'pause Live, or go on', inLive('p')],
    ['r', 'send the selected exchange again', inLive('r')],
    ['n', 'follow the newest exchange', () => go({ x: null, hop: null })],
    ['b', 'details of the browser’s side', hop('browser')],
    ['x', 'details of the proxy', hop('proxy')],
    ['a', 'details of the app’s side', hop('app')],
    ...Object.entries(TABS).map(([tab, text], i) => [String(i + 1), `open ${text}`, () => go({ tab })]),
];

const OFF = 'hopyard-keys-off';

let on = true;
try {
    on = localStorage.getItem(OFF) === null;
} catch {
    // a browser that keeps nothing: they are on at each visit
}

export const areOn = () => on;

/** Turns them on or off, for this visit and, where the browser keeps it, for the next ones. */
export function turn(to) {
    on = to;
    try {
        to ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, 'off');
    } catch {
        // see above
    }
}

// another tab of the page has turned them
addEventListener('storage', ({ key, newValue }) => {
    if (key === OFF) {
        on = newValue === null;
    }
});
