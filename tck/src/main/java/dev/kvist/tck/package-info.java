/** The contract of Kvist as tests, which every engine runs. */
@NullMarked
package dev.kvist.tck;

import org.jspecify.annotations.NullMarked;
