// Every file of Templates, and the headers of the plugin ABI, which exist once: where they are used.
#include "CPluginTemplates.h"

// The compiler of the Swift toolchain, which alone reads this file, embeds in older C as well.
#pragma clang diagnostic ignored "-Wc23-extensions"

// Opens a row of the table; the text is embedded on the lines up to END.
#define FILE(path) {path, (const unsigned char[]){
#define END }},

static const cpt_template templates[] = {
FILE("c/architecture.c")
#embed "Templates/c/architecture.c" suffix(, 0)
END
FILE("c/data_mixer.c")
#embed "Templates/c/data_mixer.c" suffix(, 0)
END
FILE("c/describe.h")
#embed "Templates/c/describe.h" suffix(, 0)
END
FILE("c/optimizer.c")
#embed "Templates/c/optimizer.c" suffix(, 0)
END
FILE("c/scaling_law.c")
#embed "Templates/c/scaling_law.c" suffix(, 0)
END
FILE("c/support.h")
#embed "Templates/c/support.h" suffix(, 0)
END
FILE("c/tokenizer.c")
#embed "Templates/c/tokenizer.c" suffix(, 0)
END
FILE("cpp/architecture.cpp")
#embed "Templates/cpp/architecture.cpp" suffix(, 0)
END
FILE("cpp/boundary.hpp")
#embed "Templates/cpp/boundary.hpp" suffix(, 0)
END
FILE("cpp/data_mixer.cpp")
#embed "Templates/cpp/data_mixer.cpp" suffix(, 0)
END
FILE("cpp/graph.hpp")
#embed "Templates/cpp/graph.hpp" suffix(, 0)
END
FILE("cpp/optimizer.cpp")
#embed "Templates/cpp/optimizer.cpp" suffix(, 0)
END
FILE("cpp/scaling_law.cpp")
#embed "Templates/cpp/scaling_law.cpp" suffix(, 0)
END
FILE("cpp/tokenizer.cpp")
#embed "Templates/cpp/tokenizer.cpp" suffix(, 0)
END
FILE("native/Makefile")
#embed "Templates/native/Makefile" suffix(, 0)
END
FILE("native/gitignore")
#embed "Templates/native/gitignore" suffix(, 0)
END
FILE("native/test/architecture.c")
#embed "Templates/native/test/architecture.c" suffix(, 0)
END
FILE("native/test/data_mixer.c")
#embed "Templates/native/test/data_mixer.c" suffix(, 0)
END
FILE("native/test/harness.h")
#embed "Templates/native/test/harness.h" suffix(, 0)
END
FILE("native/test/optimizer.c")
#embed "Templates/native/test/optimizer.c" suffix(, 0)
END
FILE("native/test/scaling_law.c")
#embed "Templates/native/test/scaling_law.c" suffix(, 0)
END
FILE("native/test/tokenizer.c")
#embed "Templates/native/test/tokenizer.c" suffix(, 0)
END
FILE("readme/architecture.yaml")
#embed "Templates/readme/architecture.yaml" suffix(, 0)
END
FILE("readme/data_mixer.yaml")
#embed "Templates/readme/data_mixer.yaml" suffix(, 0)
END
FILE("readme/native.md")
#embed "Templates/readme/native.md" suffix(, 0)
END
FILE("readme/optimizer.yaml")
#embed "Templates/readme/optimizer.yaml" suffix(, 0)
END
FILE("readme/rust.md")
#embed "Templates/readme/rust.md" suffix(, 0)
END
FILE("readme/scaling_law.yaml")
#embed "Templates/readme/scaling_law.yaml" suffix(, 0)
END
FILE("readme/swift.md")
#embed "Templates/readme/swift.md" suffix(, 0)
END
FILE("readme/tokenizer.yaml")
#embed "Templates/readme/tokenizer.yaml" suffix(, 0)
END
FILE("rust/Cargo.toml")
#embed "Templates/rust/Cargo.toml" suffix(, 0)
END
FILE("rust/boundary.rs")
#embed "Templates/rust/boundary.rs" suffix(, 0)
END
FILE("rust/bridge/architecture.rs")
#embed "Templates/rust/bridge/architecture.rs" suffix(, 0)
END
FILE("rust/bridge/data_mixer.rs")
#embed "Templates/rust/bridge/data_mixer.rs" suffix(, 0)
END
FILE("rust/bridge/optimizer.rs")
#embed "Templates/rust/bridge/optimizer.rs" suffix(, 0)
END
FILE("rust/bridge/scaling_law.rs")
#embed "Templates/rust/bridge/scaling_law.rs" suffix(, 0)
END
FILE("rust/bridge/tokenizer.rs")
#embed "Templates/rust/bridge/tokenizer.rs" suffix(, 0)
END
FILE("rust/build.rs")
#embed "Templates/rust/build.rs" suffix(, 0)
END
FILE("rust/ffi.rs")
#embed "Templates/rust/ffi.rs" suffix(, 0)
END
FILE("rust/graph.rs")
#embed "Templates/rust/graph.rs" suffix(, 0)
END
FILE("rust/plugin/architecture.rs")
#embed "Templates/rust/plugin/architecture.rs" suffix(, 0)
END
FILE("rust/plugin/data_mixer.rs")
#embed "Templates/rust/plugin/data_mixer.rs" suffix(, 0)
END
FILE("rust/plugin/optimizer.rs")
#embed "Templates/rust/plugin/optimizer.rs" suffix(, 0)
END
FILE("rust/plugin/scaling_law.rs")
#embed "Templates/rust/plugin/scaling_law.rs" suffix(, 0)
END
FILE("rust/plugin/tokenizer.rs")
#embed "Templates/rust/plugin/tokenizer.rs" suffix(, 0)
END
FILE("swift/Package.swift")
#embed "Templates/swift/Package.swift" suffix(, 0)
END
FILE("swift/plugin/AnnealingMixer.swift")
#embed "Templates/swift/plugin/AnnealingMixer.swift" suffix(, 0)
END
FILE("swift/plugin/CharacterTokenizer.swift")
#embed "Templates/swift/plugin/CharacterTokenizer.swift" suffix(, 0)
END
FILE("swift/plugin/MomentumOptimizer.swift")
#embed "Templates/swift/plugin/MomentumOptimizer.swift" suffix(, 0)
END
FILE("swift/plugin/PowerLaw.swift")
#embed "Templates/swift/plugin/PowerLaw.swift" suffix(, 0)
END
FILE("swift/plugin/SmallDecoder.swift")
#embed "Templates/swift/plugin/SmallDecoder.swift" suffix(, 0)
END
FILE("swift/record.c")
#embed "Templates/swift/record.c" suffix(, 0)
END
FILE("swift/test/AnnealingMixerTests.swift")
#embed "Templates/swift/test/AnnealingMixerTests.swift" suffix(, 0)
END
FILE("swift/test/CharacterTokenizerTests.swift")
#embed "Templates/swift/test/CharacterTokenizerTests.swift" suffix(, 0)
END
FILE("swift/test/MomentumOptimizerTests.swift")
#embed "Templates/swift/test/MomentumOptimizerTests.swift" suffix(, 0)
END
FILE("swift/test/PowerLawTests.swift")
#embed "Templates/swift/test/PowerLawTests.swift" suffix(, 0)
END
FILE("swift/test/SilentHost.swift")
#embed "Templates/swift/test/SilentHost.swift" suffix(, 0)
END
FILE("swift/test/SmallDecoderTests.swift")
#embed "Templates/swift/test/SmallDecoderTests.swift" suffix(, 0)
END
FILE("include/cpt_plugin.h")
#embed "../CPluginABI/include/cpt_plugin.h" suffix(, 0)
END
FILE("include/cpt/architecture.h")
#embed "../CPluginABI/include/cpt/architecture.h" suffix(, 0)
END
FILE("include/cpt/base.h")
#embed "../CPluginABI/include/cpt/base.h" suffix(, 0)
END
FILE("include/cpt/data_mixer.h")
#embed "../CPluginABI/include/cpt/data_mixer.h" suffix(, 0)
END
FILE("include/cpt/graph.h")
#embed "../CPluginABI/include/cpt/graph.h" suffix(, 0)
END
FILE("include/cpt/host.h")
#embed "../CPluginABI/include/cpt/host.h" suffix(, 0)
END
FILE("include/cpt/operations.h")
#embed "../CPluginABI/include/cpt/operations.h" suffix(, 0)
END
FILE("include/cpt/optimizer.h")
#embed "../CPluginABI/include/cpt/optimizer.h" suffix(, 0)
END
FILE("include/cpt/options.h")
#embed "../CPluginABI/include/cpt/options.h" suffix(, 0)
END
FILE("include/cpt/plugin.h")
#embed "../CPluginABI/include/cpt/plugin.h" suffix(, 0)
END
FILE("include/cpt/record.h")
#embed "../CPluginABI/include/cpt/record.h" suffix(, 0)
END
FILE("include/cpt/scaling_law.h")
#embed "../CPluginABI/include/cpt/scaling_law.h" suffix(, 0)
END
FILE("include/cpt/tokenizer.h")
#embed "../CPluginABI/include/cpt/tokenizer.h" suffix(, 0)
END
};

const cpt_template *cpt_templates(size_t *count) {
  *count = sizeof templates / sizeof *templates;
  return templates;
}
