/** Bounds of the codecs. */

/**
 * Messages inside messages. A transaction may nest as deep as it has operations (128 by default), two messages a
 * level; what goes much deeper is an attack on the stack.
 */
export const MESSAGE_DEPTH_MAX = 500;
