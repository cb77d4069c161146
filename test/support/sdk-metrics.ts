/** Metrics of Temporal's SDK that the dashboard and the alerts read, as Prometheus has them. */

/** Every worker has them. test/server/telemetry compares them with what one exports. */
export const SDK_METRICS = [
  'temporal_num_pollers',
  'temporal_worker_task_slots_available',
  'temporal_worker_task_slots_used',
  'temporal_activity_schedule_to_start_latency_seconds_bucket',
];

/** The SDK's own names of those that a worker has only once something failed. */
export const SDK_METRICS_OF_FAILURES = ['workflow_task_execution_failed'];
