package queue

import (
	"hash/fnv"
	"strconv"
	"time"

	"github.com/fairlead/fairlead"
)

const (
	// maxAttempts is how often a task is tried before it is given up. With the
	// waits below that is at least 15 hours, as long as the ATSs' own senders
	// are patient.
	maxAttempts = 29
	firstWait   = 2 * time.Second
	longestWait = time.Hour

	// riverAttempts is what River is told. It discards a task after its last
	// attempt without asking; so its last one is never reached.
	riverAttempts = 30_000

	// Waiting on request does not count as an attempt, but it has bounds: no
	// shorter than a second whatever an ATS says (0 and negative values are
	// seen), looked at again after 15 minutes at the latest, and given up after
	// a week.
	shortestSnooze = time.Second
	untoldSnooze   = 30 * time.Second
	longestSnooze  = 15 * time.Minute
	patience       = 7 * 24 * time.Hour
)

// verdict is what to do with a task whose work returned an error.
type verdict struct {
	do   action
	wait time.Duration // for snooze
}

type action int

const (
	retry action = iota
	snooze
	giveUp
)

// decide turns an error into a decision. attempt counts from 1; age is how long
// ago the task was stored.
func decide(err error, attempt int, age time.Duration) verdict {
	code, after := fairlead.CodeOf(err), fairlead.RetryAfterOf(err)
	switch {
	case code == fairlead.RateLimited, code == fairlead.Unavailable && after > 0:
		if age > patience {
			return verdict{do: giveUp}
		}
		if after == 0 {
			after = untoldSnooze
		}
		return verdict{do: snooze, wait: min(max(after, shortestSnooze), longestSnooze)}
	case code == fairlead.Internal, code == fairlead.Unavailable, code == fairlead.Conflict:
		if attempt >= maxAttempts {
			return verdict{do: giveUp}
		}
		return verdict{do: retry}
	}
	return verdict{do: giveUp}
}

// waitAfter is how long to wait after failed attempt number attempt: 2 s,
// doubled each time up to an hour, then every hour; up to a tenth less, spread
// by the task's number, so that tasks that failed together do not come back
// together.
func waitAfter(attempt int, task int64) time.Duration {
	wait := longestWait
	if shift := attempt - 1; shift >= 0 && shift < 11 {
		wait = firstWait << shift
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(strconv.FormatInt(task, 10) + "/" + strconv.Itoa(attempt)))
	return wait - time.Duration(int64(wait)/10*int64(h.Sum32()%1000)/1000)
}
