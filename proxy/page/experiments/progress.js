// Which experiments have been done, and whether they came out as predicted; remembered by the browser.

const KEY = 'hopyard-experiments';

function all() {
    try {
        return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
        // a browser that keeps nothing, or something else's entry
        return {};
    }
}

function keep(next) {
    try {
        localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
        // then the marks are gone with the page
    }
}

let marks = all();

/** What is known of an experiment: 'right', 'wrong', 'done', or undefined. */
export const mark = (id) => marks[id];

export function set(id, how) {
    marks = { ...all(), [id]: how };
    keep(marks);
}

export function forget(id) {
    marks = all();
    delete marks[id];
    keep(marks);
}
