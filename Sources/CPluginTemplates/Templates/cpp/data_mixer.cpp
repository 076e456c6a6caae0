// A mixture that moves evenly from one set of shares at the start of a stage to another at its end.
//
// With f the part of the stage that is done, a corpus has the weight (1 - f) start + f end.

#include "boundary.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

CPT_PLUGIN_RECORD(CPT_KIND_DATA_MIXER, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

namespace {

// A corpus with its shares, each set of which sums to one.
struct Source {
  std::string name;
  double start = 0, end = 0;
};

class Mixer {
public:
  explicit Mixer(const cpt_options *options) {
    read(option(options, "start"), &Source::start);
    read(option(options, "end"), &Source::end);
  }

  void weigh(const cpt_mixing_progress &progress, double *weights) const {
    double fraction = 0;
    if (progress.tokens_planned > 0)
      fraction = std::min(1.0, static_cast<double>(progress.tokens_drawn) /
                                   static_cast<double>(progress.tokens_planned));
    for (const auto &source : sources)
      *weights++ = (1 - fraction) * source.start + fraction * source.end;
  }

  size_t count() const { return sources.size(); }

  cpt_text name(size_t index) const {
    return index < sources.size() ? text(sources[index].name) : cpt_text{};
  }

private:
  std::vector<Source> sources;

  void read(const cpt_option_value &shares, double Source::*member) {
    double sum = 0;
    for (size_t index = 0; index < shares.share_count; ++index) sum += shares.shares[index];
    if (!(sum > 0) || std::isinf(sum))
      throw Failure{CPT_INVALID_ARGUMENT, "the shares of '" + std::string(view(shares.name)) +
                                              "' sum to " + std::to_string(sum) +
                                              ": name at least one corpus with a share above 0"};
    for (size_t index = 0; index < shares.share_count; ++index)
      source(view(shares.names[index])).*member += shares.shares[index] / sum;
  }

  // The source of a corpus, added where it is new.
  Source &source(std::string_view name) {
    auto known = std::find_if(sources.begin(), sources.end(),
                              [&](const Source &source) { return source.name == name; });
    if (known != sources.end()) return *known;
    return sources.emplace_back(Source{std::string(name)});
  }
};

const Mixer &at(void *instance) { return *static_cast<const Mixer *>(instance); }

const cpt_data_mixer_table table = {
    .struct_size = sizeof table,
    .create = [](const cpt_options *options, void **instance, cpt_error **error) {
      return guarded(error, [&] { *instance = new Mixer(options); });
    },
    .source_count = [](void *instance) { return at(instance).count(); },
    .source = [](void *instance, size_t index) { return at(instance).name(index); },
    .weights = [](void *instance, const cpt_mixing_progress *progress, double *weights,
                  cpt_error **error) {
      return guarded(error, [&] { at(instance).weigh(*progress, weights); });
    },
    .destroy = destroy<Mixer>,
};

constexpr cpt_option options[] = {
    declared("start", CPT_OPTION_SHARES, CPT_OPTION_REQUIRED, nullptr, 0, 1e15,
             "The share of each corpus at the start; they are divided by their sum."),
    declared("end", CPT_OPTION_SHARES, CPT_OPTION_REQUIRED, nullptr, 0, 1e15,
             "The share of each corpus at the end; they are divided by their sum."),
};

}  // namespace

EXPORT cpt_status example_plugin_entry(const cpt_host *, cpt_plugin *plugin, cpt_error **error) {
  return hand_over(plugin, CPT_KIND_DATA_MIXER, options, std::size(options), &table, error);
}
