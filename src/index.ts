// The public names, each exported once.

export { TrialistError } from './base/errors.ts'
export type { ErrorCode } from './base/errors.ts'
export type { Random } from './base/random.ts'

export * from './space/index.ts'

export { local, minimize, simulated, Study, Tuner } from './tune.ts'
export type { FailedTrials, UnfinishedTrials } from './tuner/asked.ts'
export type { Evaluation, FitOptions, LocalOptions, MinimizeOptions, Options, ResultMetrics } from './tune.ts'

export { asha } from './schedule/asha.ts'
export type { AshaOptions } from './schedule/asha.ts'
export { autoScheduler } from './schedule/auto.ts'
export type { AutoSchedulerOptions } from './schedule/auto.ts'
export { pairedTest } from './schedule/paired-test.ts'
export type { PairedTestOptions } from './schedule/paired-test.ts'
export { patience } from './schedule/patience.ts'
export type { PatienceOptions } from './schedule/patience.ts'
export { fifo } from './schedule/fifo.ts'
export { hyperband } from './schedule/hyperband.ts'
export type { HyperbandOptions } from './schedule/hyperband.ts'
export { medianStopping } from './schedule/median-stopping.ts'
export type { MedianStoppingOptions } from './schedule/median-stopping.ts'
export { pb2 } from './schedule/pb2.ts'
export type { Pb2Options } from './schedule/pb2.ts'
export { pbtReplay } from './schedule/pbt-replay.ts'
export type { PbtReplayOptions } from './schedule/pbt-replay.ts'
export { pbt } from './schedule/pbt.ts'
export type { PbtOptions } from './schedule/pbt.ts'
export type { PopulationOptions } from './schedule/population-rules.ts'
export { resourceChanging } from './schedule/resource-changing.ts'
export type { ResourceChangingOptions } from './schedule/resource-changing.ts'

export { allOf, anyOf } from './stop/combine.ts'
export { experimentPlateau } from './stop/experiment-plateau.ts'
export type { ExperimentPlateauOptions } from './stop/experiment-plateau.ts'
export { maxSteps } from './stop/max-steps.ts'
export { metricThreshold } from './stop/metric-threshold.ts'
export type { MetricThresholdOptions } from './stop/metric-threshold.ts'
export { stopWhen } from './stop/stop-when.ts'
export type { StopWhenReport } from './stop/stop-when.ts'
export { experimentTime, trialTime } from './stop/time-limit.ts'
export { trialPlateau } from './stop/trial-plateau.ts'
export type { TrialPlateauOptions } from './stop/trial-plateau.ts'

export { memory } from './store/memory.ts'
export { sqlite } from './store/sqlite.ts'
export type { Durability, SqliteOptions } from './store/sqlite.ts'
export { auto } from './search/auto.ts'
export { engine } from './bridge/engines/engine.ts'
export type { EngineName, EngineOptions } from './bridge/engines/engine.ts'
export { gridSearch } from './search/grid.ts'
export type { GridSearchOptions } from './search/grid.ts'
export { random } from './search/random.ts'
export { sobol } from './search/sobol.ts'
export { bohb } from './search/bohb.ts'
export type { BohbOptions } from './search/bohb.ts'
export { cmaes } from './search/cmaes.ts'
export type { CmaesOptions } from './search/cmaes.ts'
export { gp } from './search/gp.ts'
export type { GpOptions } from './search/gp.ts'
export { mfes } from './search/mfes.ts'
export type { MfesOptions } from './search/mfes.ts'
export { nsga2 } from './search/nsga2.ts'
export type { Nsga2Options } from './search/nsga2.ts'
export { tpe } from './search/tpe.ts'
export type { TpeOptions } from './search/tpe.ts'

export { command, module, python } from './trainable/external.ts'
export type {
  CommandOptions,
  CommandTrainable,
  ExternalTrainable,
  ModuleOptions,
  ModuleTrainable,
  ProcessOptions,
  PythonOptions,
  PythonTrainable,
} from './trainable/external.ts'
export { CurveTable, curveTable } from './trainable/curve-table.ts'
export type { CurveTableOptions } from './trainable/curve-table.ts'
export type { CurveTableParts, RecordedCurve } from './trainable/recorded-curve.ts'
export { TrialStopped } from './trainable/stopped.ts'
export type {
  Curves,
  MetricsWith,
  ReportedMetrics,
  ReportOptions,
  Trainable,
  TrainableClass,
  TrainableFunction,
  TrainableInstance,
  TrialCheckpoint,
  TrialContext,
} from './trainable/trainable.ts'

export { mlflow } from './logger/mlflow.ts'
export type { MlflowOptions } from './logger/mlflow.ts'
export { tensorBoard } from './logger/tensorboard.ts'
export type { TensorBoardOptions } from './logger/tensorboard.ts'
export { csvLogger, jsonLogger } from './logger/trial-rows.ts'
export type { Callback, ExperimentStart, ScoredTrial, TrialEnd, TrialReport, TrialStart } from './logger/callback.ts'
export type { BestTrial, Progress, ProgressName, SessionOutcome } from './logger/progress.ts'
export type { CheckpointOptions, KnownResultOption, OutcomeConstraintOption } from './tuner/options.ts'
export type { AskedTrial } from './tuner/study.ts'
export type { ExportOptions } from './tuner/export.ts'
export type { Segment } from './tuner/lineage.ts'
export type { HistoryEntry, RepeatedScore, Result, ResultGrid } from './tuner/results.ts'

// Ports: what a searcher, scheduler, stopper, store or executor of one's own implements.
export type { Dimension, EncodedSpace, LogValue } from './space/encoded.ts'
export type { Checkpoints } from './checkpoint/checkpoints.ts'
export type { Event, Failure, Metrics, Outcome, Reported, TrialState } from './trial/event.ts'
export type { History } from './trial/history.ts'
export type { Objective, OutcomeConstraint, ScoreRule } from './trial/objective.ts'
export type {
  EarlierExperiment,
  Searcher,
  SearcherCapabilities,
  SearcherContext,
  SearcherFactory,
  Suggestion,
} from './search/searcher.ts'
export type { Resource } from './schedule/resource.ts'
export type { Decision, Next, Scheduler, SchedulerContext, SchedulerFactory } from './schedule/scheduler.ts'
export type { Stopper, StopperContext, StopperFactory } from './stop/stopper.ts'
export type { Session, StoreFactory } from './store/factory.ts'
export type { Batch, Store, TrialRow } from './store/store.ts'
export type { Attempt, Executor, Inbox } from './executor/executor.ts'
export type { SimulatedFault, SimulatedOptions } from './executor/simulated.ts'
export type { ExecutorFactory, Job, ResourceOptions } from './executor/factory.ts'
