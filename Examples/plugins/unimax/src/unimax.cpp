// Corpora as equal as their sizes allow: each gets the same number of tokens, unless it would then be
// read more than `epochs` times; what it leaves goes to the others in equal parts.
//
// Chung et al. 2023, "UniMax: Fairer and more effective language sampling", arXiv 2304.09151, algorithm
// 1, with tokens in the place of characters.

#include "boundary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

CPT_PLUGIN_RECORD(CPT_KIND_DATA_MIXER, CPT_CONCURRENCY_CONCURRENT, "unimax", "1.0.0", "unimax_entry",
                  "")

namespace {

class UniMax {
public:
  explicit UniMax(const cpt_options *options) : epochs(option(options, "epochs").real) {
    const auto &sizes = option(options, "sizes");
    if (sizes.share_count == 0)
      throw Failure{CPT_INVALID_ARGUMENT,
                    "sizes names no corpus: write the tokens of each, as in { english: 5000000 }"};
    for (size_t index = 0; index < sizes.share_count; ++index) {
      names.emplace_back(view(sizes.names[index]));
      tokens.push_back(sizes.shares[index]);
    }
    bySize.resize(tokens.size());
    std::iota(bySize.begin(), bySize.end(), size_t{0});
    std::stable_sort(bySize.begin(), bySize.end(),
                     [&](size_t a, size_t b) { return tokens[a] < tokens[b]; });
  }

  // The smallest corpora come first: what they leave is known before the larger ones are asked.
  void weigh(double planned, double *weights) const {
    double left = std::max(planned, 1.0), taken = 0;
    size_t corpora = tokens.size();
    for (size_t index : bySize) {
      double amount = std::min(left / static_cast<double>(corpora--), tokens[index] * epochs);
      weights[index] = amount;
      left -= amount;
      taken += amount;
    }
    for (size_t index = 0; index < tokens.size(); ++index) weights[index] /= taken;
  }

  size_t count() const { return names.size(); }

  cpt_text name(size_t index) const {
    return index < names.size() ? text(names[index]) : cpt_text{};
  }

private:
  double epochs;
  std::vector<std::string> names;
  std::vector<double> tokens;
  std::vector<size_t> bySize;
};

const UniMax &at(void *instance) { return *static_cast<const UniMax *>(instance); }

const cpt_data_mixer_table table = {
    .struct_size = sizeof table,
    .create = [](const cpt_options *options, void **instance, cpt_error **error) {
      return guarded(error, [&] { *instance = new UniMax(options); });
    },
    .source_count = [](void *instance) { return at(instance).count(); },
    .source = [](void *instance, size_t index) { return at(instance).name(index); },
    .weights = [](void *instance, const cpt_mixing_progress *progress, double *weights,
                  cpt_error **error) {
      return guarded(error, [&] {
        at(instance).weigh(static_cast<double>(progress->tokens_planned), weights);
      });
    },
    .destroy = destroy<UniMax>,
};

constexpr cpt_option_value default_epochs = {
    .struct_size = sizeof(cpt_option_value), .type = CPT_OPTION_REAL, .real = 4};

constexpr cpt_option options[] = {
    declared("sizes", CPT_OPTION_SHARES, CPT_OPTION_REQUIRED, nullptr, 1, 1e18,
             "The size of each corpus in tokens."),
    declared("epochs", CPT_OPTION_REAL, CPT_OPTION_DEFAULTED, &default_epochs, 0.01, 1e6,
             "How often a corpus may be read in the whole stage."),
};

}  // namespace

EXPORT cpt_status unimax_entry(const cpt_host *, cpt_plugin *plugin, cpt_error **error) {
  return hand_over(plugin, CPT_KIND_DATA_MIXER, options, std::size(options), &table, error);
}
