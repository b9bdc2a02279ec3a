package dev.kvist.rocksdb;

import dev.kvist.tck.BloomKillContract;
import dev.kvist.tck.ChildJvm;
import java.nio.file.Path;
import java.util.List;

final class BloomKillTest implements BloomKillContract {
  @Override
  public String uri(Path folder, boolean sync) {
    return "rocksdb:" + folder + "?mem_table_size=64KiB&memory_budget=16MiB&sync_writes=" + sync;
  }

  @Override
  public List<String> command(Class<?> program, List<String> arguments) {
    return ChildJvm.command(KillChild.OPTIONS, program, arguments);
  }
}
