/**
 * The conformance kit: the contract K1 to K12 as tests that every backend has to pass.
 *
 * <p>A backend's test class implements {@link dev.kvist.tck.ConnectionContract}, and with it {@link
 * dev.kvist.tck.BackendUnderTest}; it then has the whole suite. A capability that the backend
 * declares absent is not skipped: its tests check that the backend refuses it.
 */
@NullMarked
package dev.kvist.tck;

import org.jspecify.annotations.NullMarked;
