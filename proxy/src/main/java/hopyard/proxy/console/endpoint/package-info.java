/**
 * What all endpoints share: the request and its answer, as JSON, text or a page; events; who may ask; threads, memory
 * and the clock.
 */
package hopyard.proxy.console.endpoint;
