// Loads libraries that are no modules, each once.
import { h } from './dom.js';

const loaded = new Map();

/** Loads a file below the page's own directory as a classic script. */
export function script(file) {
    if (!loaded.has(file)) {
        loaded.set(file, new Promise((resolve, reject) => {
            const src = new URL(`../${file}`, import.meta.url);
            document.head.append(h('script', { src, load: resolve, error: () => reject(new Error(`${src} could not be loaded`)) }));
        }));
    }
    return loaded.get(file);
}

/** Loads a library's style sheet. */
export function sheet(file) {
    if (!loaded.has(file)) {
        loaded.set(file, new Promise((resolve, reject) => {
            const href = new URL(`../${file}`, import.meta.url);
            document.head.append(h('link', { rel: 'stylesheet', href, load: resolve, error: () => reject(new Error(`${href} could not be loaded`)) }));
        }));
    }
    return loaded.get(file);
}
