/** The app server: the Django analogue. An app in its own right, which knows nothing of the proxy's code. */
package hopyard.backend;
