package dev.kvist.tck;

/** What a reference backend can be told to do wrong, with the test that has to notice. */
enum Defect {
  NONE(""),
  ARRAYS_NOT_COPIED("arraysPassedInAreCopied"),
  ARRAYS_SHARED("arraysHandedOutBelongToTheCaller"),
  BATCH_IN_PARTS("anyConditionThatDoesNotHoldStopsAll"),
  BATCHES_MIXED("batchesAreToldWhole"),
  BUCKETS_MEET("noTwoPairsOfBucketAndKeyMeet"),
  CAS_IN_TWO_STEPS("callsOnAKeyAreLinearizable"),
  CLOSE_WAKES_NOBODY("closingWakesTheConsumer"),
  CREATE_MEETS_MARKERS("createSucceedsUnlessTheKeyIsLive"),
  CURSOR_ON_EACH("aBatchIsPurgedAndToldWhole"),
  DELETE_ABSENT_TELLS("deletingNothingWritesNothingAndTellsNobody"),
  EMPTY_IS_ABSENT("anEmptyValueIsAValue"),
  EXPIRED_IN_SCAN("anEntryIsGoneFromEveryReadAtItsDeadline"),
  EXPIRED_IS_VERSIONED("anExpiredKeyIsNotLiveForAnyCondition"),
  EXPIRY_UNTOLD("aWriteOverAnExpiredEntryTellsTheExpiryFirst"),
  FLAGS_NOT_STORED("aReopenedStoreIsAsItWas"),
  FUTURE_CURSOR_WAITS("aCursorOfWhatNeverCameIsRefused"),
  GAP_AFTER_STATE("noChangeIsMissedBetweenStateAndLive"),
  INTERRUPT_SWALLOWED("anInterruptedCallerHarmsNothing"),
  LIMIT_PAST_RANGE("anyRangeGivesWhatTheModelGives"),
  OPEN_MAKES_BUCKETS("openingAStoreMakesNothing"),
  OVERTAKEN_CURSOR_SKIPS("anOvertakenCursorExpires"),
  POSITION_BY_INDEX("aPositionOutlivesItsKey"),
  PREFIX_OVERLAP_TWICE("aScopeSelectsKeysByBytes"),
  PUT_KEEPS_DEADLINE("aPutWithoutTtlClearsIt"),
  RESUME_DROPS("everyCursorResumesWhereItWasGiven"),
  SIGNED_ORDER("keysComeInUnsignedByteOrder"),
  SLOW_CONSUMER_SKIPS("aConsumerPastItsBufferFailsWithTheCursorToResumeFrom"),
  STILL_OPEN("everythingIsClosedAfterClose"),
  TOO_LARGE_LATE("theLongestValueFitsAndOneMoreByteIsRefused"),
  VERSION_BY_KEY("versionsAreAlwaysNew");

  /** The name of the contract's test that fails on it. */
  final String noticedBy;

  Defect(String noticedBy) {
    this.noticedBy = noticedBy;
  }
}
