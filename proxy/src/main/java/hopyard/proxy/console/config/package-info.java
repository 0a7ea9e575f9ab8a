/** The running nginx.conf: shown, changed on trial, locked, compared; the linter; where a request would go. */
package hopyard.proxy.console.config;
