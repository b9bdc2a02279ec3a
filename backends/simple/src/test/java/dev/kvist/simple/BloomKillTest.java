package dev.kvist.simple;

import dev.kvist.tck.BloomKillContract;
import java.nio.file.Path;
import java.util.List;

final class BloomKillTest implements BloomKillContract {
  @Override
  public String uri(Path folder, boolean sync) {
    return "simple:" + folder + "?segment_size=256KiB&sync_writes=" + sync;
  }

  @Override
  public List<String> command(Class<?> program, List<String> arguments) {
    return KillChild.command(program, arguments);
  }
}
