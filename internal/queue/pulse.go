package queue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"
)

// A worker says that it lives every beatEvery; one that was silent for deadAfter
// is dead and its tasks go to others. All by the database's clock. River itself
// notices only by how long a task has been running.
const (
	beatEvery = 2 * time.Second
	deadAfter = 10 * time.Second
)

// pulse is one worker's sign of life.
type pulse struct {
	db     *sql.DB
	engine Engine
	id     string
}

func (p pulse) run(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := p.beat(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "worker cannot say that it lives", "error", err)
			continue
		}
		n, err := p.rescue(ctx)
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "tasks of dead workers could not be looked for", "error", err)
		}
		if n > 0 {
			log.InfoContext(ctx, "tasks of dead workers taken over", "tasks", n)
		}
	}
}

// pulseSQL is what a pulse says to one engine. Times are microseconds since 1970
// by the database's clock.
type pulseSQL struct{ beat, rescue, forget, end string }

// sql is for the engine; in SQLite river_job's lists are JSON, in PostgreSQL
// arrays. Ten and 3,600 seconds are deadAfter and when a dead worker is forgotten.
func (p pulse) sql() pulseSQL {
	if p.engine == Postgres {
		return pulseSQL{
			beat: `INSERT INTO workers (id, seen_at) VALUES ($1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
				ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
			rescue: `UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'running'
				AND attempted_by[array_upper(attempted_by, 1)] NOT IN
				(SELECT id FROM workers WHERE seen_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint - 10000000)`,
			forget: `DELETE FROM workers WHERE seen_at < (extract(epoch from clock_timestamp()) * 1000000)::bigint - 3600000000`,
			end:    `DELETE FROM workers WHERE id = $1`,
		}
	}
	return pulseSQL{
		beat: `INSERT INTO workers (id, seen_at) VALUES (?, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
			ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
		rescue: `UPDATE river_job SET state = 'available', scheduled_at = strftime('%Y-%m-%d %H:%M:%f', 'now') WHERE state = 'running'
			AND json_extract(attempted_by, '$[#-1]') NOT IN
			(SELECT id FROM workers WHERE seen_at > CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) - 10000000)`,
		forget: `DELETE FROM workers WHERE seen_at < CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) - 3600000000`,
		end:    `DELETE FROM workers WHERE id = ?`,
	}
}

func (p pulse) beat(ctx context.Context) error {
	if _, err := p.db.ExecContext(ctx, p.sql().beat, p.id); err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// rescue makes tasks available whose worker is dead. The attempt counts: a task
// that takes its worker down is given up like any that fails.
func (p pulse) rescue(ctx context.Context) (int64, error) {
	r, err := p.db.ExecContext(ctx, p.sql().rescue)
	if err != nil {
		return 0, fmt.Errorf("take over: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("take over: %w", err)
	}
	if n > 0 {
		if _, err := p.db.ExecContext(ctx, p.sql().forget); err != nil {
			return n, fmt.Errorf("forget dead workers: %w", err)
		}
	}
	return n, nil
}

// end says that the worker is gone, so that nobody waits for it.
func (p pulse) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deadAfter)
	defer cancel()
	_, _ = p.db.ExecContext(ctx, p.sql().end, p.id) // or it is found dead in ten seconds
}
