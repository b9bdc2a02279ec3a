/** Clients of a NATS server under test, and the server. */
@NullMarked
package dev.kvist.bench.fleet;

import org.jspecify.annotations.NullMarked;
