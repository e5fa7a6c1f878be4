#!/usr/bin/env bash
# From a fresh clone to a fine-tuned model, its evaluation and its predictions. Everything is in outputs/quickstart.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/environment.sh

out=outputs/quickstart
started=$SECONDS
step_started=$SECONDS
timings=""
step() { printf '\n== %s\n' "$1"; current="$1"; step_started=$SECONDS; }
done_step() { timings+="$(printf '  %4d s  %s' $((SECONDS - step_started)) "$current")"$'\n'; }

step "1/7 environment"
prepare_environment bundled,openvino,plots,train
done_step

step "2/7 bundled encoder"
prepare_encoder
done_step

step "3/7 labelled dataset: five articles and the written corpus"
marsad data check data/dataset.yaml
marsad data build data/dataset.yaml --output "$out/dataset"
done_step

step "4/7 fine-tuning (entities, event triggers, event types, who takes part)"
marsad train configs/quickstart.yaml --data "$out/dataset" --output_dir "$out" --overwrite
done_step

step "5/7 export to OpenVINO, which labels faster on a CPU"
marsad export "$out/model" --to openvino --overwrite
done_step

step "6/7 evaluation on article 004, which training never saw"
marsad evaluate "$out/model" "$out/dataset" --split test --output "$out/evaluation.json" --report "$out/evaluation"
done_step

step "7/7 predictions for article 004"
marsad predict --model "$out/model" --input data/annotations/gold/004.txt \
    --output "$out/predictions.jsonl" --output "$out/predictions.html"
done_step

cat <<SUMMARY

Done in $((SECONDS - started)) s:
$timings
  $out/model               the model; in its folder openvino the same for OpenVINO
  $out/training.html       how the training went, as a page: open it in a browser
  $out/evaluation.json     its scores on article 004
  $out/evaluation          the same as a page (index.html) with every wrong sentence, and its plots
  $out/predictions.jsonl   entities and events of article 004, one JSON object a document
  $out/predictions.html    the same as a page

Try next:
  . .venv/bin/activate
  echo "سيطرت قوات النظام على بلدة المزيريب أمس." | marsad predict --input - --output outputs/mine.jsonl
  python -c 'from trainer import predict; print(predict("قُتل خمسة مدنيين في قصف على حلب.").to_dict())'
  marsad train configs/quickstart.yaml --seed 2 --output_dir outputs/second
SUMMARY
