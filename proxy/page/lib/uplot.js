// uPlot, loaded when the first chart is drawn.
import { script } from './script.js';

await script('lib/uplot/dist/uPlot.iife.min.js');

export const { uPlot } = window;
