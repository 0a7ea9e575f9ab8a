/** Server side includes: the parser of commands in a content, and what they do. */
package hopyard.proxy.modules.ssi;
