// The keyboard shortcuts, for the sheet that "?" opens and for what they do.
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
