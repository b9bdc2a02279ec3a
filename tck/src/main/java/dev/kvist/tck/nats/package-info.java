/** Real servers of NATS for tests, started and ended by them. */
@NullMarked
package dev.kvist.tck.nats;

import org.jspecify.annotations.NullMarked;
